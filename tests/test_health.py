"""A vendor that fails rests, is tried again after a while, and comes back: on a clock of our own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from core.domain import errors
from core.domain.health import FAILURES, FIRST_REST, LONGEST_REST, Health, after, as_of
from core.domain.routing import Retired

NOW = datetime(2026, 11, 21, 2, 10, tzinfo=UTC)


def failing(health: Health, times: int, now: datetime) -> Health:
    for _ in range(times):
        health = after(health, errors.VendorUnavailable, now)
    return health


def test_a_vendor_rests_after_five_failures_in_a_row():
    tired = failing(Health(), FAILURES - 1, NOW)
    assert not tired.resting
    out = after(tired, errors.RateLimited, NOW + timedelta(seconds=9))
    assert out.resting
    assert (out.failures, out.since, out.opened) == (5, NOW, NOW + timedelta(seconds=9))


def test_one_success_forgets_the_failures_before_it():
    assert after(failing(Health(), FAILURES - 1, NOW), None, NOW) == Health()


@pytest.mark.parametrize(
    "outcome",
    [errors.ModerationRefused, errors.VendorRejected, errors.NoCredit, errors.TaskGone, errors.Broken, Retired],
)
def test_refusals_bad_requests_and_our_own_faults_do_not_count(outcome):
    tired = failing(Health(), FAILURES - 1, NOW)
    assert after(tired, outcome, NOW) == tired


def test_it_is_tried_again_after_a_minute_and_then_after_twice_as_long():
    now, health, rests = NOW, failing(Health(), FAILURES, NOW), []
    for _ in range(6):
        assert as_of(health, now + health.rest - timedelta(seconds=1)).resting
        assert not as_of(health, now + health.rest).resting
        rests.append(health.rest)
        now += health.rest
        health = after(health, errors.VendorUnavailable, now)
        assert health.resting
    assert rests[0] == FIRST_REST
    assert rests[-1] == LONGEST_REST
    assert all(b == min(2 * a, LONGEST_REST) for a, b in pairwise(rests))


def test_a_trial_that_goes_well_ends_the_rest():
    health = as_of(failing(Health(), FAILURES, NOW), NOW + FIRST_REST)
    assert after(health, errors.ModerationRefused, NOW + FIRST_REST).trial
    assert after(health, None, NOW + FIRST_REST) == Health()


def test_late_failures_of_a_resting_vendor_do_not_lengthen_its_rest():
    health = failing(Health(), FAILURES, NOW)
    later = failing(health, 7, NOW + timedelta(seconds=30))
    assert (later.opened, later.rest, later.failures) == (NOW, FIRST_REST, FAILURES + 7)


def test_a_clock_that_was_set_back_does_not_keep_it_resting():
    assert not as_of(failing(Health(), FAILURES, NOW), NOW - timedelta(days=1)).resting
