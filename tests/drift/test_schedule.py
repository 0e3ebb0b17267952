"""When hosts are due."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aovpn_remediate.drift.schedule import LONGEST, Rhythm

HOUR = 3600.0
seconds = st.floats(1, 31 * 86400)
chances = st.floats(0, 1)
failures = st.integers(0, 10_000)


def test_a_host_that_fails_is_left_alone_for_twice_as_long_each_time() -> None:
    hourly = Rhythm(HOUR)
    assert [hourly.pause(n) / HOUR for n in range(7)] == [1, 2, 4, 8, 16, 24, 24]


def test_a_rhythm_slower_than_a_day_is_not_made_faster_by_failures() -> None:
    weekly = Rhythm(7 * 24 * HOUR)
    assert weekly.pause(0) == weekly.pause(9) == 7 * 24 * HOUR


@given(every=seconds, jitter=seconds, now=st.floats(0, 4e9), failed=failures, chance=chances)
def test_none_is_due_before_its_time_nor_later_than_the_latest(
    every: float, jitter: float, now: float, failed: int, chance: float
) -> None:
    rhythm = Rhythm(every, jitter)
    assert every <= rhythm.pause(failed) <= max(every, LONGEST)
    assert now <= rhythm.first(now, chance) <= now + jitter
    due = rhythm.after(now, failed, chance)
    assert now + every <= due <= rhythm.latest(now, failed)
