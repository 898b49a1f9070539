"""The short form of `make chaos`: kills, troubles and faults while clips are bought, and the books agree after it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from core.isolation import ROOT

KILLS = 8
pytestmark = pytest.mark.slow


def chaos(database: str, recovery: str) -> dict[str, Any]:
    """What a run says at its end; the test fails with its words when it does not end well."""
    options = ["--kills", str(KILLS), "--jobs", "8", "--films", "0", "--no-app", "--pace", "0.7", "--seed", "11"]
    command = [sys.executable, "-m", "bench.chaos", *options, "--database", database, "--recovery", recovery]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def check(found: dict[str, Any]) -> None:
    assert [found[name] for name in ("lost", "stuck", "bought_twice", "overspent")] == [0, 0, 0, 0]
    assert found["vendor_micros"] == found["ledger_micros"] > 0
    assert found["findings"] == []
    assert found["kills"] == KILLS
    assert found["paid_steps"] > 0


@pytest.mark.parametrize("recovery", ["search"])
def test_nothing_is_lost_or_bought_twice_while_workers_are_killed_on_sqlite(recovery):
    check(chaos("sqlite", recovery))


@pytest.mark.parametrize("recovery", ["none"])
def test_nothing_is_lost_or_bought_twice_while_workers_are_killed_on_postgresql(postgres_url, recovery):
    check(chaos(postgres_url, recovery))
