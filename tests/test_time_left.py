"""How long a job still takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.db.tables import Job, Step
from core.domain.work import JobState, StepState
from core.services.time_left import seconds_left

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def job(**more) -> Job:
    return Job(owner="o", project_id="p", kind="film", state=JobState.RUNNING, rank=0, created=NOW, **more)


def step(name: str, seconds: float, *needs: str, state=StepState.READY, pool="here", **more) -> Step:
    return Step(
        id=name, job_id="j", position=0, kind="clip", label=name, state=state, pool=pool, key=name, weight=seconds,
        inputs={"needs": {n: n for n in needs}}, due=NOW, **more,
    )  # fmt: skip


def left(*steps: Step, places: int = 4, of: Job | None = None, **more) -> float | None:
    return seconds_left(of or job(), steps, NOW, hands=2, places=lambda _: places, **more)


def filming(name: str, seconds: float, passed: float, **more) -> Step:
    began = NOW - timedelta(seconds=passed)
    return step(name, seconds, state=StepState.WAITING, pool="runway", started=began, **more)


def test_hands_share_the_work_of_this_machine():
    assert left(step("a", 10), step("b", 10)) == pytest.approx(10)


def test_a_chain_takes_as_long_as_its_links():
    assert left(step("a", 10), step("b", 10, "a", state=StepState.BLOCKED)) == pytest.approx(20)


def test_vendors_work_beside_this_machine():
    """Ten seconds for each of two hands pass while the vendor films for ninety; the cut comes after."""
    clips = [filming(n, 90, 0) for n in "ab"]
    cut = step("cut", 8, "a", "b", "mix", state=StepState.BLOCKED)
    assert left(*clips, step("mix", 20), cut) == pytest.approx(98)


def test_a_vendor_does_few_at_a_time():
    assert left(*(step(str(n), 30, pool="runway") for n in range(10)), places=2) == pytest.approx(150)


def test_time_goes_by_although_the_vendor_says_nothing():
    assert left(filming("a", 90, 30)) == pytest.approx(60)


def test_a_vendor_that_is_late_is_never_just_about_to_end():
    assert left(filming("a", 90, 200)) == pytest.approx(30)


def test_a_jump_of_the_vendors_percent_counts_by_half():
    before, after = (left(filming("a", 100, 20, fraction=f)) for f in (0.2, 0.6))
    assert before == pytest.approx(80)
    assert after == pytest.approx(60)


def test_another_try_is_waited_for():
    again = step("a", 1, state=StepState.READY)
    again.due = NOW + timedelta(seconds=20)
    assert left(again) == pytest.approx(20)


def test_nothing_is_said_when_everything_waits_for_a_person():
    gate, doubt = step("a", 5, state=StepState.GATE), step("b", 5, state=StepState.IN_DOUBT)
    assert left(gate, doubt, step("c", 5, "a", state=StepState.BLOCKED)) is None
    assert left(gate, step("d", 5)) is not None


def test_what_goes_first_is_waited_for():
    assert left(step("a", 10), ahead=30) == pytest.approx(25)


def test_a_slow_machine_is_believed_after_a_while():
    began = NOW - timedelta(seconds=80)
    done = step("a", 40, state=StepState.DONE, fraction=1.0)
    rest = [step(n, 10) for n in "bcd"]
    assert left(done, *rest, of=job(started=began)) == pytest.approx(60)


def test_hands_that_are_idle_while_a_vendor_films_do_not_count_as_slow():
    done = step("v", 2, state=StepState.DONE, fraction=1.0, started=NOW - timedelta(seconds=300))
    done.finished = NOW - timedelta(seconds=298)
    clip = filming("a", 300, 299)
    cut = step("cut", 10, "a", state=StepState.BLOCKED)
    assert left(done, clip, cut, of=job(started=NOW - timedelta(seconds=300))) < 60
