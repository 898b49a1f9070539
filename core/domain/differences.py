"""What a change of a plan comes to, scene by scene: in words, and in money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.domain.apply_lengths import spoken
from core.domain.describe import beside_scenes, by_scene
from core.domain.money import price, usd
from core.domain.plan import Plan
from core.domain.views import PriceLine, QuoteView

REMOVED = ("removed",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What has changed in one place of a film."""

    where: str
    """`Scene 2`, `New scene 3`, or the part of the quote; empty: the film as a whole."""
    changes: tuple[str, ...] = ()
    was: Decimal | None = None
    now: Decimal | None = None
    """US dollars for it; None: no price is known, or it is not there."""
    scene: str | None = None
    """The scene's id."""

    @property
    def money(self) -> str:
        """`$0.48 → $0.36 (−$0.12)`; '' when the price stays or is not known."""
        change = (self.now or usd(0)) - (self.was or usd(0))
        if not change:
            return ""
        if self.was is None or self.now is None:
            return signed(change)
        return f"{price(self.was)} → {price(self.now)} ({signed(change)})"

    @property
    def line(self) -> str:
        """All of it in a line."""
        said = "; ".join(self.changes)
        head = f"{self.where}: {said}" if self.where and said else self.where or said
        return f"{head} · {self.money}" if self.money and head else head or self.money


def signed(amount: Decimal) -> str:
    """`+$0.12`, `−$0.12`."""
    return f"{'−' if amount < 0 else '+'}{price(abs(amount))}"


def differences(before: Plan, after: Plan, was: QuoteView | None, now: QuoteView | None) -> tuple[Difference, ...]:
    """The scenes in the order of the new plan, then those that are gone, the film, and what else costs otherwise.

    Scenes have the numbers that they had, new ones those that they have. Without quotes no price is told.
    """
    return (*_scenes(before, after, was, now), *_gone(before, after, was), *_film(before, after), *_rest(was, now))


def told(found: Sequence[Difference], count: int) -> tuple[str, ...]:
    """The differences in lines; what changes alike in several of `count` scenes, at no other price, is said once."""
    alike: dict[tuple[str, ...], list[Difference]] = {}
    for one in found:
        alike.setdefault(one.changes if _is_plain(one) else (one.where, *one.changes), []).append(one)
    out = []
    for group in alike.values():
        if len(group) == 1:
            out.append(group[0].line)
            continue
        numbers = [one.where.removeprefix("Scene ") for one in group]
        where = "All scenes" if len(group) == count else f"Scenes {', '.join(numbers[:-1])} and {numbers[-1]}"
        out.append(f"{where}: {'; '.join(group[0].changes)}")
    return tuple(out)


def _is_plain(one: Difference) -> bool:
    """A change inside a scene that costs nothing."""
    return one.where.startswith("Scene ") and not one.money and one.changes != REMOVED


def total(was: QuoteView, now: QuoteView) -> str:
    """The price of the film before and after, in a sentence."""
    missing = "".join(f" {why}" for why in dict.fromkeys(line.rule for line in now.lines if not line.known))
    if was.total == now.total:
        return f"The price stays at {price(now.total)}.{missing}"
    change = signed(now.total - was.total)
    return f"Price: {price(was.total)} → {price(now.total)} ({change}).{missing}"


def _scenes(before: Plan, after: Plan, was: QuoteView | None, now: QuoteView | None) -> list[Difference]:
    old, new = _clips(before, was), _clips(after, now)
    numbers = {scene.id: place for place, scene in enumerate(before.scenes, start=1)}
    changed = by_scene(before, after)
    out = []
    for place, scene in enumerate(after.scenes, start=1):
        if scene.id not in numbers:
            about = scene.title or scene.visual
            said = f"“{about if len(about) <= 80 else about[:79] + '…'}”, {spoken(scene.seconds)}"
            out.append(Difference(where=f"New scene {place}", changes=(said,), now=new.get(scene.id), scene=scene.id))
            continue
        one = Difference(
            where=f"Scene {numbers[scene.id]}",
            changes=changed.get(scene.id, ()),
            was=old.get(scene.id),
            now=new.get(scene.id),
            scene=scene.id,
        )
        if one.changes or one.money:
            out.append(one)
    return out


def _gone(before: Plan, after: Plan, was: QuoteView | None) -> list[Difference]:
    old, left = _clips(before, was), {scene.id for scene in after.scenes}
    return [
        Difference(where=f"Scene {place}", changes=REMOVED, was=old.get(scene.id), scene=scene.id)
        for place, scene in enumerate(before.scenes, start=1)
        if scene.id not in left
    ]


def _film(before: Plan, after: Plan) -> list[Difference]:
    return [Difference(where="", changes=(line,)) for line in beside_scenes(before, after)]


def _rest(was: QuoteView | None, now: QuoteView | None) -> list[Difference]:
    """What costs otherwise beside the clips."""
    old, new = _others(was), _others(now)
    found = [Difference(where=name, was=old.get(name), now=new.get(name)) for name in dict.fromkeys([*old, *new])]
    return [one for one in found if one.money]


def _clips(plan: Plan, quote: QuoteView | None) -> Mapping[str, Decimal]:
    """What the clip of each scene costs, by the scene's id; a quote has a line for each, in order."""
    lines: list[PriceLine] = [line for line in quote.lines if line.component == "clips"] if quote else []
    if len(lines) != len(plan.scenes):
        return {}
    return {scene.id: line.amount for scene, line in zip(plan.scenes, lines, strict=True) if line.known}


def _others(quote: QuoteView | None) -> Mapping[str, Decimal]:
    """What everything beside the clips costs, by its name in the quote."""
    sums: dict[str, Decimal] = {}
    for line in quote.lines if quote else ():
        if line.component != "clips" and line.known:
            sums[line.label] = sums.get(line.label, usd(0)) + line.amount
    return sums
