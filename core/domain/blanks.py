"""Plans with blanks: found and marked in the texts of a plan, and filled in again, row by row."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.domain.errors import BadInput
from core.domain.plan import LONGEST, MAX_BRIEF, MAX_SCENE_SECONDS, MAX_SECONDS, MAX_TITLE, Plan, Scene

BLANK = re.compile(r"\{([a-z][a-z0-9_]{0,29})\}")
LONGEST_VALUE = 400
SCENE_TEXTS = ("visual", "narration", "title", "kicker", "sound")
LIMITS = {"title of the film": MAX_TITLE, "brief": MAX_BRIEF, "end card": MAX_TITLE, **LONGEST}
MONEY = re.compile(
    r"(?:US)?[$€£]\s?\d[\d.,]*\d|(?:US)?[$€£]\s?\d|\b\d[\d.,]*\s?(?:euros?|dollars?|pounds?|USD|EUR|GBP|€|£)(?!\w)",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"\b(?:https?://)?(?:www\.)?[a-z0-9-]+(?:\.[a-z]{2,})+(?:/\S*)?(?<![.,;:!?])", re.IGNORECASE)
SHARE = re.compile(r"\b\d{1,3}\s?%")
FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
"""How a cell begins that a spreadsheet would carry out, or that has been kept from it by a stroke."""
NAMED = re.compile(r"\b[A-Z][\w'’-]+(?: [A-Z][\w'’-]+){0,2}")
NEVER_A_NAME = frozenset(
    re.findall(
        r"\w+",
        "the a an and or but for with from into this that these those it its you your we our he she they i in on at "
        "of to try get make end no not one two three four five now new only just when where what who why"
        " how every each",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A text of a plan that could be a blank."""

    name: str
    text: str
    times: int
    """How often it stands in the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A value that does not fit."""

    blank: str
    """Empty: no single one is at fault."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A plan whose blanks are filled, or why it cannot be."""

    plan: Plan | None
    faults: tuple[Fault, ...]
    notes: tuple[str, ...] = ()
    """Where scenes became longer for their lines."""


def texts(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """Every text of a plan that may have blanks: whose it is (a scene's id, or nothing), what it is, the text."""
    yield "", "title of the film", plan.title
    yield "", "brief", plan.brief
    for scene in plan.scenes:
        for name in SCENE_TEXTS:
            yield scene.id, name, getattr(scene, name)
    yield "", "end card", plan.brand.end_card


def blanks(plan: Plan) -> tuple[str, ...]:
    """Names of the blanks of a plan, as they come."""
    return tuple(dict.fromkeys(name for _, _, text in texts(plan) for name in BLANK.findall(text)))


def find(plan: Plan) -> tuple[Suggestion, ...]:
    """What is most likely said otherwise of another product: its name, prices, addresses, the hook and the ending."""
    beside_brief = sorted(texts(plan), key=lambda each: each[1] == "brief")  # what is said and read is named first
    whole = "\n".join(text for _, _, text in beside_brief)
    found: dict[str, str] = {}
    product = _product(plan)
    if product:
        found["product"] = product
    for name, pattern in (("price", MONEY), ("address", ADDRESS), ("discount", SHARE)):
        for number, text in enumerate(dict.fromkeys(m.group() for m in pattern.finditer(whole)), 1):
            found[name if number == 1 else f"{name}_{number}"] = text
    spoken = [scene for scene in plan.scenes if scene.narration]
    if spoken:
        found["hook"] = spoken[0].narration
    if len(spoken) > 1:
        found["ending"] = spoken[-1].narration
    return tuple(
        Suggestion(name=name, text=text, times=whole.count(text))
        for name, text in found.items()
        if text and not BLANK.search(text)
    )


def _product(plan: Plan) -> str:
    """The name that stands most often in what is said and shown; empty when none is sure."""
    said = "\n".join(text for whose, what, text in texts(plan) if whose and what != "visual")
    if plan.title in said:
        return plan.title
    counted: Counter[str] = Counter()
    for match in NAMED.finditer(f"{plan.brief}\n{plan.title}"):
        words = [w for w in match.group().split() if w.lower() not in NEVER_A_NAME]
        for length in range(1, len(words) + 1):
            name = " ".join(words[:length])
            counted[name] += said.count(name)
    best = max(counted, key=lambda name: (counted[name], len(name)), default="")
    return best if best and counted[best] else ""


def mark(plan: Plan, marks: Mapping[str, str]) -> Plan:
    """The plan with a blank in place of each text. BadInput when one does not stand in it, or has no good name."""
    for name, text in marks.items():
        if not BLANK.fullmatch(f"{{{name}}}"):
            raise BadInput(
                f"“{name[:40]}” cannot be the name of a blank.", "Use small letters, digits and _, a letter first."
            )
        if not text.strip() or not any(text in each for _, _, each in texts(plan)):
            raise BadInput(f"“{text[:60]}” does not stand in the plan.", "Copy it from a line or a title as it is.")
    longest_first = sorted(marks.items(), key=lambda item: -len(item[1]))

    def marked(text: str, _: str) -> str:
        for name, said in longest_first:
            text = text.replace(said, f"{{{name}}}")
        return text

    return _rewritten(plan, marked)


def _rewritten(plan: Plan, change: Callable[[str, str], str]) -> Plan:
    """The plan with every text changed; a claim is of the product it was read of, so none is kept."""
    scenes = tuple(
        scene.but(claims=(), **{name: change(getattr(scene, name), name) for name in SCENE_TEXTS})
        for scene in plan.scenes
    )
    return plan.but(
        title=change(plan.title, "title of the film"),
        brief=change(plan.brief, "brief"),
        scenes=scenes,
        brand=plan.brand.but(end_card=change(plan.brand.end_card, "end card")),
    )


def fill(plan: Plan, values: Mapping[str, str]) -> Filled:
    """The plan with its blanks filled; what does not fit is said of the blank that it is about."""
    faults = [Fault(blank=name, message="is empty") for name in blanks(plan) if not values.get(name, "").strip()]
    faults += [
        Fault(blank=name, message=f"has {len(value):,} characters; {LONGEST_VALUE} is the most")
        for name, value in values.items()
        if len(value) > LONGEST_VALUE and name in blanks(plan)
    ]
    if faults:
        return Filled(plan=None, faults=tuple(faults))
    for whose, what, text in texts(plan):
        said = _filled(text, values)
        if len(said) > LIMITS[what] and BLANK.search(text):
            place = f"{_place(plan, whose)}{what}"
            message = f"makes the {place} {len(said)} characters long; {LIMITS[what]} is the most"
            faults.append(Fault(blank=_longest(text, values), message=message))
    if faults:
        return Filled(plan=None, faults=tuple(faults))
    return _fitted(plan, _rewritten_for(plan, values), values)


def _rewritten_for(plan: Plan, values: Mapping[str, str]) -> Plan:
    return _rewritten(plan, lambda text, _: _filled(text, values))


def _filled(text: str, values: Mapping[str, str]) -> str:
    """In one go, so that braces inside a value stay what they are."""
    return BLANK.sub(lambda match: str(values.get(match.group(1), match.group())).strip(), text)


def _place(plan: Plan, scene_id: str) -> str:
    return next((f"scene {n} " for n, scene in enumerate(plan.scenes, 1) if scene.id == scene_id), "")


def _longest(text: str, values: Mapping[str, str]) -> str:
    found: list[str] = BLANK.findall(text)
    return max(found, key=lambda name: len(values.get(name, "")))


def _fitted(template: Plan, plan: Plan, values: Mapping[str, str]) -> Filled:
    """Scenes whose line takes longer now last longer."""
    scenes, notes, faults = [], [], list[Fault]()
    for number, (old, scene) in enumerate(zip(template.scenes, plan.scenes, strict=True), 1):
        longer = lengthened(scene) if scene.narration != old.narration else scene
        if longer is None:
            message = f"makes the line of scene {number} longer than {MAX_SCENE_SECONDS:g} s"
            faults.append(Fault(blank=_longest(old.narration, values), message=message))
            continue
        if longer.seconds != scene.seconds:
            notes.append(f"Scene {number}: {scene.seconds:.1f} s → {longer.seconds:.1f} s, for its line")
        scenes.append(longer)
    total = sum(scene.seconds for scene in scenes)
    if not faults and total > MAX_SECONDS:
        message = f"the film would last {total:.0f} s with these lines; {MAX_SECONDS:g} s is the most"
        faults.append(Fault(blank="", message=message))
    if faults:
        return Filled(plan=None, faults=tuple(faults))
    return Filled(plan=plan.but(scenes=tuple(scenes)), faults=(), notes=tuple(notes))


def lengthened(scene: Scene) -> Scene | None:
    """The scene, long enough for its line; None when no scene may be so long."""
    if scene.needs_seconds <= scene.seconds:
        return scene
    seconds = math.ceil(scene.needs_seconds * 10) / 10
    return scene.but(seconds=seconds) if seconds <= MAX_SCENE_SECONDS else None


def example(names: Sequence[str], examples: Mapping[str, str]) -> str:
    """A table with a heading and one row, as a beginning."""
    return ",".join(names) + "\n" + ",".join(_cell(examples.get(name, "")) for name in names) + "\n"


def _cell(text: str) -> str:
    """A cell of a CSV; what a spreadsheet would read as a formula gets a stroke before it, as it is taken off again."""
    if FORMULA.match(text):
        text = f"'{text}"
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if re.search(r'[",;\s]', text) else text
