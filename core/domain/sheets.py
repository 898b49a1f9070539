"""Reading a table that fills a template: what is wrong is said of its row and column."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from core.domain.blanks import FORMULA, blanks, fill
from core.domain.plan import MAX_TITLE, Plan
from core.domain.team import RowProblem, SheetView

MOST_ROWS = 100
"""Films that a table may ask for: each has to be looked at by somebody."""
MOST_BYTES = 1_000_000
TITLE = "title"
"""A column that names the films, also where the template has no such blank."""
WORDS_OF_ENCODINGS = (("utf-8-sig", b""), ("utf-16", b"\xff\xfe"), ("utf-16", b"\xfe\xff"))


def read(template: Plan, data: bytes) -> SheetView:
    """The rows of a CSV against a template; a row without a problem can be made."""
    names = blanks(template)
    text, problem = _decoded(data)
    if problem:
        return _refused(names, problem)
    lines = [line for line in csv.reader(io.StringIO(text), _dialect(text)) if any(cell.strip() for cell in line)]
    if not lines:
        return _refused(names, "The table is empty.")
    heading = [_column(cell) for cell in lines[0]]
    if problem := _wrong_heading(heading, names):
        return _refused(names, problem)
    if len(lines) == 1:
        return _refused(names, "The table has a heading and no rows.")
    if len(lines) > MOST_ROWS + 1:
        return _refused(names, f"The table has {len(lines) - 1:,} rows; {MOST_ROWS} is the most.")
    known = (*names, TITLE)
    rows, problems = [], []
    for number, line in enumerate(lines[1:], 1):
        cells = dict(zip(heading, (_clean(cell) for cell in line), strict=False))
        values = {name: cells[name] for name in heading if name in known and name in cells}
        rows.append((number, values))
        if len(line) > len(heading) and any(cell.strip() for cell in line[len(heading) :]):
            message = "has more cells than the heading: put quotation marks around text with commas"
            problems.append(RowProblem(row=number, column="", message=message))
            continue
        problems += _problems(template, number, values)
    ignored = tuple(name for name in heading if name and name not in known)
    return SheetView(blanks=names, rows=tuple(rows), problems=tuple(problems), ignored=ignored)


def _problems(template: Plan, number: int, values: dict[str, str]) -> list[RowProblem]:
    found = [
        RowProblem(row=number, column=fault.blank, message=fault.message) for fault in fill(template, values).faults
    ]
    if len(values.get(TITLE, "")) > MAX_TITLE:
        message = f"has {len(values[TITLE])} characters; {MAX_TITLE} is the most"
        found.append(RowProblem(row=number, column=TITLE, message=message))
    return found


def _refused(names: Sequence[str], message: str) -> SheetView:
    problem = RowProblem(row=0, column="", message=message)
    return SheetView(blanks=tuple(names), rows=(), problems=(problem,), ignored=())


def _decoded(data: bytes) -> tuple[str, str]:
    """The text, or what is wrong with it. Spreadsheets write UTF-8, UTF-16 or the Western code page."""
    if len(data) > MOST_BYTES:
        return "", f"The table has more than {MOST_BYTES // 1_000_000} MB."
    if data.startswith(b"PK"):
        return "", "This is a workbook, not a CSV: save it as CSV (UTF-8)."
    for encoding, beginning in WORDS_OF_ENCODINGS:
        if beginning and not data.startswith(beginning):
            continue
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text, ""
    if b"\x00" in data:
        return "", "This is not a CSV."
    return data.decode("cp1252", "replace"), ""


def _dialect(text: str) -> type[csv.Dialect]:
    """Commas, semicolons or tabs: whichever the heading has most of."""
    heading = text.lstrip().splitlines()[0] if text.strip() else ""

    class Found(csv.excel):
        delimiter = max(",;\t", key=heading.count)

    return Found


def _column(cell: str) -> str:
    """`{Product name}` is the blank `product_name`."""
    return re.sub(r"[^a-z0-9]+", "_", cell.strip().strip("{}").lower()).strip("_")


def _wrong_heading(heading: Sequence[str], names: Sequence[str]) -> str:
    missing = [name for name in names if name not in heading]
    if missing:
        return f"The table lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}."
    twice = sorted({name for name in heading if name and heading.count(name) > 1})
    return f"The column {twice[0]} is there twice." if twice else ""


def _clean(cell: str) -> str:
    """The text of a cell, without the stroke that keeps spreadsheets from reading it as a formula."""
    text = cell.replace("\x00", "")
    if text.startswith("'") and FORMULA.match(text[1:]):
        text = text[1:]
    return " ".join(text.split())
