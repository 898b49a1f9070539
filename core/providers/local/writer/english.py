"""Small knowledge of English: which words bind, which are verbs, where a phrase may end."""

from __future__ import annotations

import re

from core.providers.local.writer.sentences import FULL_STOPS, first_sentence
from core.providers.local.writer.tongues import tongue_of


def listed(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


CHINESE = re.compile("[\u3041-\u30ff\u3400-\u9fff]")
"""Letters after which a sentence ends with a mark of their own."""
ARTICLES = listed("a an the my our your their his her this these")
BINDING = listed(
    "a an the and or but of for to in on with by at from into onto over under as than so that which who whose when "
    "while if because is are was were be its it's his her their our your my this these every each no not very more "
    "most too i we you they he she it"
)
"""Words that no title may end with."""
BREAKS = listed("at in on for with from by because so when while without and into via")
"""Words in front of which a phrase may be ended."""
WHOSE = listed("of to near")
"""The same, where a phrase goes on."""
PAIRED = listed("day again black bed over")
"""First words of fixed pairs: `day and night`, `bed and breakfast`."""
FINITE = listed(
    "is are was were am be has have had do does did can could will would should must may might need needs want wants "
    "isn't aren't don't doesn't can't won't it's we're you're i'm let"
)
SUBJECTS = listed("it we they you i he she this that there everyone everybody nobody people")
VERBS = listed(
    "accept add adopt answer arrive ask automate bake begin block book bring brew build buy call care carry catch "
    "change charge check choose clean close collect combine come compare connect cook cost count cover create cut "
    "dance deliver design discover donate draw drink drive earn eat end enjoy explain explore feed feel fight fill "
    "find finish fit fix fly follow forget generate get give glow go grow guide happen hear heal help hide hold host "
    "ignore imagine improve include invest join jump keep know last launch lead learn leave let lift light listen live "
    "look love make measure meet miss monitor move need offer open order organise organize paint pay plan plant play "
    "prefer print protect provide pull push put reach read record recycle reduce release remember remind repair "
    "replace rescue rest return ride roast run save scan schedule see sell send serve set share shine ship show sing "
    "sit sleep solve sort speak spend stand start stay stop store stream subscribe suggest support swim take taste "
    "teach tell test think track trade train translate travel treat try turn understand use visit wait wake walk want "
    "warn wash watch wear win wish work write approve smell hunt mute silence fold pour chop blend mix sync adapt swap "
    "trace spot pick store dig dive rise fall hatch breathe burn weigh dim repeat match file export sign "
    "curate grind restore"
)
CALLS = (
    "visit|try|download|join|subscribe|order|book|sign up|get|wishlist|follow|register|shop|buy|call|donate|start|"
    "learn more|come|reserve|discover|find|apply|contact|pre-?order|see you|swipe|tap|click|go to|head to|meet us|vote"
)
MASS = listed(
    "coffee tea water bread food beer wine chocolate music software furniture clothing jewellery jewelry skincare "
    "makeup art love help advice honey cheese education insurance"
)
"""Nouns that take no article."""


def sentence(text: str) -> str:
    """The text with a capital at its start and a full stop, if it has no mark of its own."""
    text = text.strip(" ,;:–—-、，；：")
    if not text:
        return ""
    text = text[0].upper() + text[1:]
    if text[-1] in FULL_STOPS:
        return text
    return f"{text}。" if CHINESE.match(text[-1]) else f"{text}."


def capital(text: str) -> str:
    """The text with a capital at its start."""
    return text[:1].upper() + text[1:]


def base_verb(word: str) -> str:
    """`blocks` -> `block`, `teaches` -> `teach`, `carries` -> `carry`; other words as they are."""
    low = word.lower()
    for ending, instead in (("ies", "y"), ("es", ""), ("s", "")):
        if low.endswith(ending) and low[: -len(ending)] + instead in VERBS:
            return low[: -len(ending)] + instead
    return low


def is_verb(word: str) -> bool:
    """Whether the word is a verb that we know, in its base form or with -s."""
    return base_verb(word) in VERBS or word.lower() in FINITE


def is_clause(text: str) -> bool:
    """Whether the text has a subject and a verb, as far as can be told."""
    # What a relative clause does is not what the sentence does.
    main = (
        re.split(r"\s(?:who|that|which)\s", text.lower())[0] if text.lower().startswith(("a ", "an ")) else text.lower()
    )
    said = re.findall(r"[\w'’-]+", main)
    if not said:
        return False
    # `A vaccine shows ...`; a noun with an -s as the third word is rarer than a verb.
    if said[0] in {"a", "an"}:
        first = re.findall(r"[\w'’-]+", re.split(r"[,;:.(]", main)[0])
        return any(base_verb(w) != w for w in first[2:4]) or any(w in FINITE for w in said[1:8]) or _acts_late(text)
    has_subject = said[0] in SUBJECTS or said[0] in {"our", "my", "the", "your", "every", "each", "all"}
    return (has_subject and any(is_verb(w) for w in said[1:8])) or any(w in FINITE for w in said[1:8])


def _acts_late(text: str) -> bool:
    """Whether a verb comes after where or for whom the subject is: `A tea shop in Jaipur opens at seven`.

    What stands between has to be whole, else the word with an -s is its noun: `A club for bike rides on Friday`.
    """
    words = re.findall(r"[\w'’-]+", re.split(r"[,;:.(]|\s(?:who|that|which)\s", text)[0])
    for place in range(4, len(words) - 1):
        heads = [i for i in range(2, place) if words[i].lower() in BREAKS | WHOSE]
        between = words[heads[-1] + 1 : place] if heads else []
        if not between or base_verb(words[place]) == words[place].lower():
            continue
        first, last = between[0].lower(), between[-1]
        if first in ARTICLES or last.endswith("s") or last[0].isupper() or last.isdigit():
            return True
    return False


def doer(clause: str) -> str:
    """Who or what acts in a clause that begins with an article: `our bakery`; '' where that cannot be told."""
    words = clause.split()
    acts = [i for i, w in enumerate(words) if i > 1 and (base_verb(w) != w.lower() or w.lower() in FINITE)]
    if not acts or words[0].lower() not in ARTICLES:
        return ""
    return " ".join([words[0].lower(), *words[1 : acts[0]]])


def is_english(text: str) -> bool:
    """Whether the text reads as English; a few plain words count as English."""
    letters = [ch for ch in text if ch.isalpha()]
    if sum(map(str.isascii, letters)) < 0.8 * len(letters) or not letters:
        return False
    return tongue_of(text) in ("en", "")


def title_of(text: str, most: int = 6) -> str:
    """A short line for the picture: at most `most` words, ended where a phrase ends; '' when there is none."""
    text = first_sentence(text)
    words = text.split(", ")[0].split() if len(text.split()) > most else text.split()
    if len(words) > most:
        ends = [i for i in range(2, most + 1) if words[i].lower() in BREAKS and words[i - 1].lower() not in PAIRED]
        words = words[: ends[-1]] if ends else []
    while words and words[-1].lower().strip(",") in BINDING:
        words = words[:-1]
    made = capital(" ".join(words).strip(" ,"))
    return made if len(made) <= 48 else ""


def without_article(text: str) -> str:
    """`a focus timer` -> `focus timer`."""
    first, _, rest = text.partition(" ")
    return rest if first.lower() in ARTICLES and rest else text


def with_article(text: str) -> str:
    """`hiking club` -> `a hiking club`; plurals, names and what has one already as they are."""
    words = text.split()
    if not words or words[0].lower() in ARTICLES or words[0][:1].isdigit():
        return text
    head = re.split(r"\s(?:of|in|at|on|with|who|that|for|from)\s", text)[0].split()[-1].lower()
    is_many = head.endswith("s") and not head.endswith(("ss", "us", "is"))
    if is_many or head in MASS:
        return text
    return f"{'an' if words[0][0].lower() in 'aeiou' else 'a'} {text}"


def is_plural(text: str) -> bool:
    """Whether the text names several people or things."""
    head = re.split(r"\s(?:who|that|with|in|at|on|of|from|and)\s", text)[0].split()
    return bool(head) and (
        head[-1].lower() in {"people", "men", "women", "children"}
        or (head[-1].endswith("s") and not head[-1].endswith(("ss", "us")))
    )
