"""Many films from the command line: a table fills a template, at one price, and all of them are made here."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.domain.errors import BadInput, Broken, OverBudget, UnknownPrice
from core.domain.money import price
from core.domain.sheets import MOST_BYTES
from core.domain.team import BatchView, TemplateView
from core.services import batches, planning, templates
from core.services.studio import Studio
from jobs.clock import Clock
from jobs.making import say, wait


def run(studio: Studio, table: Path, named: str, *, max_usd: Decimal | None, dry_run: bool) -> dict[str, Any]:
    """Makes a film of each row; answers what `--json` prints. With `dry_run` the table is only read and priced.

    A batch of the same table that the same command began is gone on with. BadInput for a table that cannot be used,
    OverBudget above `max_usd`, Broken when some films could not be made.
    """
    template = _template(studio, named)
    data = _read(table)
    rows = _rows(studio, template, data)
    total = sum((_price(studio, template, values) for values in rows.values()), Decimal(0))
    say(f"{template.title}: {len(rows)} films, {price(total)}")
    if max_usd is not None and total > max_usd:
        raise OverBudget(f"The films would cost {price(total)}, more than {price(max_usd)}.")
    told = {"template": template.title, "films": len(rows), "cost_usd": float(total)}
    if dry_run:
        return told
    title = f"{template.title}: {table.name}"
    batch = _begun(studio, title, rows)
    if batch is None:
        batch = _get(studio, batches.make(studio, studio.local_owner, template.id, data, title=title, by=_me(studio)))
    if _still(batch):
        batch = batches.approve(
            studio, studio.local_owner, batch.id, total=batch.total, by=_me(studio),
            tell=lambda done, of: say(f"Approved: {done} of {of}"),
        )  # fmt: skip
    _made(studio, batch)
    return {**told, "batch": batch.id, "projects": [item.project_id for item in batch.items]}


def _template(studio: Studio, named: str) -> TemplateView:
    """The newest template of that name, or the one with that id. BadInput when there is none."""
    kept = templates.listing(studio, studio.local_owner)
    found = next((each for each in kept if named in (each.title, each.id)), None)
    if found is None:
        names = ", ".join(f"“{each.title}”" for each in kept[:12])
        raise BadInput(
            f"There is no template “{named[:60]}”.",
            f"There are: {names}." if names else "Save one in the app: under Versions of a film.",
        )
    return found


def _read(table: Path) -> bytes:
    try:
        with table.open("rb") as file:
            return file.read(MOST_BYTES + 1)  # more than may be, and the table is refused by its size
    except OSError as error:
        raise BadInput(f"{table} cannot be read: {error.strerror}.", "Check the path.") from error


def _rows(studio: Studio, template: TemplateView, data: bytes) -> dict[int, dict[str, str]]:
    """The values of each row. BadInput says what is wrong with which."""
    sheet = templates.sheet(studio, studio.local_owner, template.id, data)
    if sheet.problems:
        raise BadInput(batches.told(sheet), "Correct the table; nothing was made.")
    return dict(sheet.rows)


def _price(studio: Studio, template: TemplateView, values: Mapping[str, str]) -> Decimal:
    filled = templates.filled(studio, studio.local_owner, template.id, values)
    if filled.plan is None:
        fault = filled.faults[0]
        raise BadInput(f"{fault.blank} {fault.message}.".strip(), "Correct the table; nothing was made.")
    quoted = planning.quote(studio, filled.plan)
    if quoted.unknown:
        raise UnknownPrice(f"No price is known for {', '.join(quoted.unknown)}.")
    return quoted.total


def _begun(studio: Studio, title: str, rows: Mapping[int, Mapping[str, str]]) -> BatchView | None:
    """A batch of the same table that is not finished."""
    for batch_id, name, _, films in batches.listing(studio, studio.local_owner):
        if name != title or films != len(rows):
            continue
        found = _get(studio, batch_id)
        is_same = [item.values for item in found.items] == list(rows.values())
        if is_same and any(item.stage not in ("done", "gone") for item in found.items):
            say("Going on with the batch that was begun before.")
            return found
    return None


def _still(batch: BatchView) -> list[str]:
    """Films that are to be approved."""
    return [item.project_id for item in batch.items if item.stage not in ("gone", "producing", "done")]


def _made(studio: Studio, batch: BatchView) -> None:
    """Returns when every film is there; Broken says how many could not be made."""
    failed: dict[int, str] = {item.number: item.problem for item in batch.items if item.problem}
    clock = Clock(studio)
    clock.start()
    try:
        for item in batch.items:
            if item.number in failed or item.stage == "gone":
                continue
            try:
                wait(studio, item.project_id, "film", f"{item.number} of {len(batch.items)} · {item.title}")
            except Broken as error:
                failed[item.number] = error.sentence
    finally:
        clock.stop()
    for number, problem in failed.items():
        say(f"Film {number}: {problem}")
    if failed:
        raise Broken(
            f"{len(failed)} of {len(batch.items)} films could not be made.",
            "Open the batch in the app (Templates), or give the same command again.",
        )


def _get(studio: Studio, batch_id: str) -> BatchView:
    return batches.get(studio, studio.local_owner, batch_id, by=_me(studio))


def _me(studio: Studio) -> str:
    return studio.local_owner
