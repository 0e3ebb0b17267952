"""The due times of hosts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aovpn_remediate.drift.schedule import LONGEST, Schedule

HOUR = 3600.0
seconds = st.floats(1, 31 * 86400)
fractions = st.floats(0, 1)
failures = st.integers(0, 10_000)


def test_each_failure_doubles_the_interval() -> None:
    hourly = Schedule(HOUR)
    assert [hourly.interval(n) / HOUR for n in range(7)] == [1, 2, 4, 8, 16, 24, 24]


def test_failures_do_not_shorten_an_interval_of_more_than_a_day() -> None:
    weekly = Schedule(7 * 24 * HOUR)
    assert weekly.interval(0) == weekly.interval(9) == 7 * 24 * HOUR


@given(every=seconds, jitter=seconds, now=st.floats(0, 4e9), failed=failures, random=fractions)
def test_no_host_is_due_early_or_after_the_latest_time(
    every: float, jitter: float, now: float, failed: int, random: float
) -> None:
    schedule = Schedule(every, jitter)
    assert every <= schedule.interval(failed) <= max(every, LONGEST)
    assert now <= schedule.first(now, random) <= now + jitter
    due = schedule.after(now, failed, random)
    assert now + every <= due <= schedule.latest(now, failed)
