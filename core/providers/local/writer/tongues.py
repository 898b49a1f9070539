"""The language of a text by its small words, and the voice here that speaks it."""

from __future__ import annotations

import re

from core import facts
from core.providers.local.writer import english
from core.providers.local.writer.english import listed

SMALL_WORDS = {
    "de": listed(
        "der die das und ist ein eine einen für mit nicht wir ihr sie auf dem den im zu von unser unsere aus bei jeden "
        "jeder auch wie nur am zum zur es sich hat wird sind macht mehr euch dich dein deine ich nach"
    ),
    "fr": listed(
        "le la les des et est pour avec nous vous dans sur du au aux une notre nos votre ce cette qui que pas plus "
        "tous chaque à ou en être fait venez sans leur"
    ),
    "es": listed(
        "el los las y es para con nosotros por del que una un nuestra nuestro nuestros cada hasta más muy ven tu sin "
        "hoy todos todo al se su en la de"
    ),
    "it": listed(
        "il lo gli di è per che non sono con della nel nostro nostra ogni più anche una un dei alle al da vieni tutti "
        "tutto senza la e"
    ),
    "pt": listed(
        "o os as um uma não com e em para por do da dos das no na nossa nosso todos cada mais você seu sua ao é sem"
    ),
    "nl": listed("de het een en van voor wij niet met op is onze ons elke dag te aan bij ook naar jouw je zijn uit"),
    "pl": listed("i w na z do się nie jest dla każdy każdego nasz nasza nasze od po to jak co dzień przez"),
    "tr": listed("ve bir için ile bu çok her biz bize bizim var da de ne daha en gibi kadar sizi bugün"),
}
LETTERS = {
    "de": "ß", "fr": "çœèêàùî", "es": "ñ¿¡", "it": "ìò", "pt": "ãõ", "pl": "ąęłńśźżć", "tr": "ğışİ",
}  # fmt: skip
"""Letters that hardly any of the other languages has."""


def tongue_of(text: str) -> str:
    """The code of the language (`de`), `en` for English, '' where nothing tells."""
    if english.is_english(text):
        return "en"
    said = re.findall(r"[^\W\d_]+", text.lower())
    hits = {
        code: sum(word in small for word in said) + 2 * sum(text.lower().count(c) for c in LETTERS.get(code, ""))
        for code, small in SMALL_WORDS.items()
    }
    best = max(hits, key=lambda code: hits[code])
    return best if hits[best] else ""


def voice_for(text: str) -> str | None:
    """The first voice of this machine that speaks the text's language; None where the usual one is as good.

    Other scripts than the Latin one are read in their language by every voice.
    """
    code = tongue_of(text)
    if code in ("", "en"):
        return None
    return next((str(row["id"]) for row in facts.voices() if str(row["language"]).partition("-")[0] == code), None)
