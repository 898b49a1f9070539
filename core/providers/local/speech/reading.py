"""How written tokens are read aloud: currencies, symbols, handles and what has no sound at all."""

from __future__ import annotations

import re
import unicodedata

CURRENCIES: dict[str, dict[str, str]] = {
    "en": {"$": "dollars", "€": "euros", "£": "pounds", "¥": "yen"},
    "es": {"$": "dólares", "€": "euros", "£": "libras", "¥": "yenes"},
    "de": {"$": "Dollar", "€": "Euro", "£": "Pfund", "¥": "Yen"},
    "fr": {"$": "dollars", "€": "euros", "£": "livres", "¥": "yens"},
    "it": {"$": "dollari", "€": "euro", "£": "sterline", "¥": "yen"},
    "pt": {"$": "dólares", "€": "euros", "£": "libras", "¥": "ienes"},
    "nl": {"$": "dollar", "€": "euro", "£": "pond", "¥": "yen"},
    "pl": {"$": "dolarów", "€": "euro", "£": "funtów", "¥": "jenów"},
    "tr": {"$": "dolar", "€": "avro", "£": "sterlin", "¥": "yen"},
    "sv": {"$": "dollar", "€": "euro", "£": "pund", "¥": "yen"},
    "da": {"$": "dollar", "€": "euro", "£": "pund", "¥": "yen"},
    "nb": {"$": "dollar", "€": "euro", "£": "pund", "¥": "yen"},
    "fi": {"$": "dollaria", "€": "euroa", "£": "puntaa", "¥": "jeniä"},
    "cs": {"$": "dolarů", "€": "eur", "£": "liber", "¥": "jenů"},
    "sk": {"$": "dolárov", "€": "eur", "£": "libier", "¥": "jenov"},
    "hu": {"$": "dollár", "€": "euró", "£": "font", "¥": "jen"},
    "ro": {"$": "dolari", "€": "euro", "£": "lire", "¥": "yeni"},
}
"""The engines say the sign before the number; people say the name after it."""
WRITTEN_SHORT = {
    "pl": {"zł": "złotych"}, "sv": {"kr": "kronor"}, "da": {"kr": "kroner"}, "nb": {"kr": "kroner"},
    "cs": {"Kč": "korun"}, "hu": {"Ft": "forint"}, "tr": {"₺": "lira", "TL": "lira"},
}  # fmt: skip
"""What a country's own money is written as, after the number."""
ONE_CURRENCY = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen"}
MAGNITUDES = {"k": "thousand", "m": "million", "b": "billion", "bn": "billion"}
APART = re.compile(r"([^\W\d_]+|[$€£¥₺])([.,;:!?]*)")
"""A currency that stands by itself: `29 €`, `29 zł.`"""
PRICE = re.compile(r"(?P<sign>[$€£¥₺])(?P<whole>\d[\d.,]*\d|\d)(?P<size>k|m|bn|b)?\b(?P<rest>.*)", re.IGNORECASE)
ENGLISH = (
    (re.compile(r"^24/7\b"), "24 7"),
    (re.compile(r"^#(?=\d)"), "number "),
    (re.compile(r"^v(?=\d)", re.IGNORECASE), "version "),
    (re.compile(r"(?<=\d)x\b", re.IGNORECASE), " times"),
    (re.compile(r"(?<=\d)k\b", re.IGNORECASE), " thousand"),
    (re.compile(r"(?<=\d)\+"), " plus"),
    (re.compile(r"(?<=\d)%"), " percent"),
    (re.compile(r"^w/$"), "with"),
    (re.compile(r"^vs\.?$", re.IGNORECASE), "versus"),
    (re.compile(r"^&$"), "and"),
    (re.compile(r"°C\b"), " degrees"),
    (re.compile(r"°F\b"), " degrees"),
    (re.compile(r"°"), " degrees"),
)
"""What the English engines would spell out."""
INITIALS = re.compile(r"\b([A-Z]{1,2})&([A-Z]{1,2})\b")
MARKS = str.maketrans(dict.fromkeys('*_~`|<>{}[]\\^#="“”„«»', " "))  # fmt: skip
"""Written decoration that the engines would name aloud."""
DASHES = frozenset("-–—…")
SILENT = {"So", "Sk", "Cc", "Cs", "Co", "Cn", "Me"}
"""Unicode categories without a sound: pictures, controls, unassigned."""
SPOKEN_SYMBOLS = frozenset("°")
EMOJI_PARTS = frozenset("\ufe0e\ufe0f\u200d")
SCRIPTS = {
    "CJK": "cmn", "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "CYRILLIC": "ru", "GREEK": "el",
    "ARABIC": "ar", "HEBREW": "he", "DEVANAGARI": "hi", "BENGALI": "bn", "TAMIL": "ta", "THAI": "th",
    "ARMENIAN": "hy", "GEORGIAN": "ka",
}  # fmt: skip
"""The language that a line in a script is most likely written in."""


def readings(tokens: list[str], language: str) -> list[str]:
    """What is said for each token; empty where it has no sound.

    `language` is a code such as `en-gb`. A lone dash becomes a pause after the token before it.
    """
    said: list[str] = []
    for token in tokens:
        reading = _reading(token, language.partition("-")[0])
        if not reading and said and said[-1] and set(token) <= DASHES and said[-1][-1].isalnum():
            said[-1] += ","
        said.append(reading)
    return said


def language_of(text: str) -> str | None:
    """The language of the script that most of the letters are in; None for Latin, or no letters."""
    counts: dict[str, int] = {}
    for letter in filter(str.isalpha, text):
        name = unicodedata.name(letter, "").split(" ")[0].split("-")[0]
        counts[name] = counts.get(name, 0) + 1
    if counts.get("HIRAGANA") or counts.get("KATAKANA"):
        return "ja"  # Japanese is mostly written in Chinese characters, Chinese never in kana
    return SCRIPTS.get(max(counts, key=lambda k: counts[k])) if counts else None


def plain_ascii(reading: str) -> str:
    """The nearest ASCII, for an engine that knows no other letters; accents fall off."""
    reading = reading.replace("’", "'").replace("ß", "ss").replace("æ", "ae").replace("ø", "o").replace("ł", "l")
    decomposed = unicodedata.normalize("NFKD", re.sub(r"[–—…]", ", ", reading))
    return decomposed.encode("ascii", "ignore").decode().strip()


def _reading(token: str, language: str) -> str:
    audible = "".join(c for c in token if unicodedata.category(c) not in SILENT or c in SPOKEN_SYMBOLS)
    audible = "".join(c for c in audible if c not in EMOJI_PARTS or (not audible.isascii() and c == "\u200d"))
    text = unicodedata.normalize("NFKC", audible)
    if language == "en":
        text = INITIALS.sub(lambda m: " ".join([*m[1], "and", *m[2]]), text)
        for pattern, words in ENGLISH:
            text = pattern.sub(words, text)
    text = PRICE.sub(lambda m: _price(m, language), text)
    if (alone := APART.fullmatch(text)) and alone[1] in _money(language):
        text = _money(language)[alone[1]] + alone[2]
    text = re.sub(r"(?<=\w)[–—…]+(?=\w)", ", ", text)
    text = re.sub(r"\s+", " ", text.translate(MARKS)).strip()
    return text if any(c.isalnum() for c in text) or text in ("&", "%", "+") else ""


def _price(match: re.Match[str], language: str) -> str:
    sign, whole, size, rest = match["sign"], match["whole"], (match["size"] or "").lower(), match["rest"]
    names = _money(language)
    if sign not in names:
        return match[0]
    if language != "en":
        return f"{whole}{match['size'] or ''} {names[sign]}{rest}"
    if size:
        return f"{whole} {MAGNITUDES[size]} {names[sign]}{rest}"
    amount, point, cents = whole.rpartition(".")
    if point and len(cents) == 2 and sign != "¥":
        coins = "pence" if sign == "£" else "cents"
        return (
            f"{amount} {_unit(amount, sign)} and {int(cents)} {coins}{rest}"
            if int(cents)
            else f"{amount} {_unit(amount, sign)}{rest}"
        )
    return f"{whole} {_unit(whole, sign)}{rest}"


def _money(language: str) -> dict[str, str]:
    """What currencies are called in a language, by how they are written."""
    return CURRENCIES.get(language, {}) | WRITTEN_SHORT.get(language, {})


def _unit(amount: str, sign: str) -> str:
    return ONE_CURRENCY[sign] if amount == "1" else CURRENCIES["en"][sign]
