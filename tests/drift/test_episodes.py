"""Episodes of drift, for checks that find anything in any order."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from aovpn_remediate.drift.episodes import Episode, Fix, advance, came_back
from aovpn_remediate.drift.log import contested_warning
from aovpn_remediate.results import HostPlan

from . import plans
from .plans import host_plan, step

RUN = Fix("20261121-020304-abcd", "drift on ctl")


def after(
    known: list[Episode], found: HostPlan, at: float, **fixes: Fix
) -> tuple[list[Episode], list[Episode]]:
    """Return all episodes after a check, and those it changed; numbered as in the journal."""
    moved = advance(
        {e.step: e for e in known if e.ended is None},
        found,
        at,
        {name.replace("_", "/"): fix for name, fix in fixes.items()},
    )
    by_id = {episode.id: episode for episode in known}
    for episode in moved:
        number = episode.id or len(by_id) + 1
        by_id[number] = replace(episode, id=number)
    return list(by_id.values()), moved


def test_an_episode_lasts_until_a_check_finds_the_step_compliant() -> None:
    known, _ = after([], host_plan(step("a/1")), 10)
    known, _ = after(known, host_plan(step("a/1", "dword 0")), 20)
    known, _ = after(known, host_plan(step("a/1", "wanted")), 30)
    known, moved = after(known, host_plan(step("a/1", "wanted")), 40)

    [episode] = known
    assert not moved
    assert (episode.first_seen, episode.last_seen, episode.ended) == (10, 20, 30)
    assert (episode.found, episode.wanted, episode.how) == ("dword 0", "wanted", "elsewhere")


def test_the_run_that_fixed_a_step_is_named() -> None:
    known, _ = after([], host_plan(step("a/1")), 10)
    [episode], _ = after(known, host_plan(step("a/1", "wanted")), 20, a_1=RUN)

    assert (episode.how, episode.run, episode.operator) == ("run", RUN.run, RUN.operator)


def test_a_service_that_a_run_left_stopped_is_an_episode_until_it_runs() -> None:
    left = {"need": "IAS", "since": "", "run": "r", "step": "", "down": True}
    known, _ = after([], host_plan(outstanding=[left]), 10)
    known, _ = after(known, host_plan(outstanding=[left]), 20)
    [episode], _ = after(known, host_plan(), 30)
    assert (episode.step, episode.is_restart) == ("start of IAS", True)
    assert episode.found == "pending: run r stopped it, and it is not running"
    assert (episode.last_seen, episode.ended, episode.how) == (20, 30, "restarted")


def test_a_step_fixed_and_changed_again_between_two_checks_has_two_episodes() -> None:
    known, _ = after([], host_plan(step("a/1")), 10)
    known, _ = after(known, host_plan(step("a/1")), 20, a_1=RUN)

    assert [(e.first_seen, e.ended, e.how) for e in known] == [(10, 20, "run"), (20, None, "")]


def test_a_step_that_is_no_longer_assigned_ends_its_episode() -> None:
    known, _ = after([], host_plan(step("a/1"), step("b/1")), 10)
    known, _ = after(
        known, host_plan(step("b/1"), books={"a": "not_applicable", "b": "applies"}), 20
    )

    assert [(e.step, e.how) for e in known] == [("a/1", "not_asked"), ("b/1", "")]


def test_a_step_that_could_not_be_read_keeps_its_episode_open() -> None:
    known, _ = after([], host_plan(step("a/1")), 10)
    for unread in (
        host_plan(step("a/1", readable=False)),
        host_plan(error="no answer"),
        host_plan(books={"a": "blocked"}),
        host_plan(books={"a": "unknown"}),
    ):
        assert after(known, unread, 20) == (known, [])


def test_a_remark_on_group_policy_is_kept() -> None:
    words = "group policy 'Tier 0' decides this right: change it there"
    [episode], _ = after([], host_plan(step("a/1", reason=words)), 10)
    assert episode.hint == words
    [episode], _ = after([], host_plan(step("a/1", notes=("a note", words))), 10)
    assert episode.hint == words


def _contested(*ends: str, found: str = "absent") -> list[Episode]:
    return [
        Episode("h", "a/1", at, at, found, "wanted", ended=at, how=how)  # type: ignore[arg-type]
        for at, how in enumerate(ends)
    ]


def test_a_value_that_came_back_three_times_gives_a_warning() -> None:
    assert came_back(_contested("run", "run", "")) == 2
    assert not contested_warning(_contested("run", "run", ""))
    assert contested_warning(_contested("run", "run", "run", "")) == (
        "reverted to absent 3 times after a fix: something else sets it too, "
        "check Group Policy first"
    )
    named = [
        *_contested("run", "run", "run"),
        replace(_contested("")[0], hint="group policy 'T' decides"),
    ]
    assert contested_warning(named).endswith("first (group policy 'T' decides)")


def test_only_the_same_value_counts_and_only_after_a_run() -> None:
    assert came_back([]) == 0
    assert came_back(_contested("elsewhere", "elsewhere", "elsewhere", "")) == 0
    assert came_back([*_contested("run", "run", "run", found="dword 0"), *_contested("")]) == 0
    other = _contested("run", found="dword 0")
    assert came_back([*_contested("run"), *other, *_contested("run"), *other, *_contested("")]) == 2


moments = st.tuples(
    plans.hosts, st.integers(0, 100), st.sets(st.sampled_from(plans.STEPS), max_size=2)
)


@given(st.lists(moments, max_size=8))
def test_any_history_keeps_the_rules_of_episodes(
    history: list[tuple[HostPlan, int, set[str]]],
) -> None:
    known: list[Episode] = []
    for found, at, fixed in history:  # a clock may go back
        before = {e.id: e for e in known}
        known, moved = after(known, found, at, **{s.replace("/", "_"): RUN for s in fixed})
        open_ = [e.step for e in known if e.ended is None]
        assert len(open_) == len(set(open_)), "one open episode a step"
        for episode in moved:
            assert episode.id not in before or before[episode.id].ended is None, "the past stays"
        if found.error is None:
            read = [s for s in found.steps if s.readable]
            assert {s.id for s in read if s.action != "none"} <= set(open_)
            assert not {s.id for s in read if s.action == "none"} & set(open_)
        else:
            assert not moved
    for episode in known:
        assert episode.first_seen <= episode.last_seen
        assert (episode.ended is None) == (episode.how == "")
        assert episode.ended is None or episode.ended >= episode.last_seen
        assert bool(episode.run) == (episode.how == "run")
