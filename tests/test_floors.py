"""The architecture, as a test.

A module may import its own room and the floors below it, never a sibling and never upwards. Some
libraries live in one room only, the environment is read in one file, and files and functions stay
small enough to read in one sitting.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = [  # bottom first; names on one line are siblings
    {"core.domain"},
    {"core.settings", "core.facts", "core.isolation"},
    {"core.db", "core.storage", "core.providers", "core.media"},
    {"core.services"},
    {"api", "jobs", "pages", "Home"},
]
LIBRARIES = {  # library -> the only rooms that may import it
    "streamlit": {"pages", "Home"},
    "fastapi": {"api"},
    "starlette": {"api", "pages"},
    "apscheduler": {"jobs"},
    "sqlmodel": {"core.db"},
    "sqlalchemy": {"core.db"},
    "alembic": {"core.db"},
    "psycopg": {"core.db"},
    "boto3": {"core.storage"},
    "botocore": {"core.storage"},
    "celery": {"jobs"},
    "openai": {"core.providers"},
    "runwayml": {"core.providers"},
    "groq": {"core.providers"},
    "replicate": {"core.providers"},
    "elevenlabs": {"core.providers"},
    "google": {"core.providers"},
    "jsonschema": {"core.providers"},
    "cv2": {"core.media", "core.providers"},
    "av": {"core.media"},
    "uharfbuzz": {"core.media"},
    "budoux": {"core.media"},
    "moviepy": {"core.media"},
    "c2pa": {"core.media"},
    "subprocess": {"core.isolation", "core.media", "core.providers"},
}
DOORS_SEE = {"core.services", "core.domain", "core.settings", "core.facts"}
LAUNCHER = ROOT / "api" / "server.py"
"""Starts the clock beside the pages, so it alone sees another door."""
MAX_FILE_LINES, MAX_FUNCTION_LINES = 400, 60
BROAD = {"core/services/workshop.py", "pages/ui/shell.py"}
"""Where any error at all is caught: around a step, and in the page frame."""
MODULES = [ROOT / "Home.py", *(p for d in ("core", "api", "jobs", "pages") for p in (ROOT / d).rglob("*.py"))]


def room(module: str) -> str | None:
    return next((n for floor in FLOORS for n in floor if f"{module}.".startswith(f"{n}.")), None)


def floor(name: str) -> int:
    return next(i for i, names in enumerate(FLOORS) if name in names)


def imported(tree: ast.AST) -> list[str]:
    """Names imported anywhere, also inside functions: hiding an import does not change the floor."""
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "write absolute imports, so that the floor can be read off the line"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_module_keeps_to_its_floor(path: Path):
    here = room(".".join(path.relative_to(ROOT).with_suffix("").parts))
    tree = ast.parse(path.read_text("utf8"))
    for name in imported(tree):
        there = room(name)
        launches = (path == LAUNCHER and there == "jobs") or here == "Home"
        if here and there and there != here and not launches:
            assert floor(there) < floor(here), f"{here} may not import {there}"
            assert here not in FLOORS[-1] or there in DOORS_SEE, f"{here} should ask a service, not {there}"
        allowed = LIBRARIES.get(name.split(".")[0])
        assert allowed is None or here in allowed, f"{name} belongs in {sorted(allowed)}"
        assert not name.startswith("shared"), "shared/ is for developers, not for the product"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_module_can_be_read_in_one_sitting(path: Path):
    source = path.read_text("utf8")
    tree = ast.parse(source)
    if path.relative_to(ROOT).parts[:2] != ("core", "settings.py"):
        assert "os.environ" not in source, "settings come from core.settings"
        assert "os.getenv" not in source, "settings come from core.settings"
    if "migrations" in path.parts:
        return
    assert source.count("\n") <= MAX_FILE_LINES
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < MAX_FUNCTION_LINES, node.name
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, "name the error you expect"
            broad = getattr(node.type, "id", "") == "Exception"
            assert not broad or str(path.relative_to(ROOT)) in BROAD, "except Exception has two places"
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            assert getattr(node.exc.func, "id", "") != "Exception", "raise an error of core.domain.errors"
