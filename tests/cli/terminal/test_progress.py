from __future__ import annotations

import io

import pytest
from rich.console import Console

from aovpn_remediate import Control, Restart, apply, plan
from aovpn_remediate.cli.terminal.progress import (
    _TO_RESTART,
    PhaseEstimate,
    ProgressDisplay,
    remaining_text,
)
from tests.cli.conftest import JOURNAL, RRAS, Fleet


def shown(display: ProgressDisplay) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=80).print(display._drawn())
    return [line.strip() for line in out.getvalue().splitlines()]


def test_the_hosts_done_and_the_current_work_are_shown() -> None:
    display = ProgressDisplay("Planning")
    for host in ("a", "b", "c"):
        display.watch(host, "waiting")
    display.watch("a", "reading")
    display.watch("b", "done")
    display.watch("c", "failed")
    first, *rest = shown(display)
    assert first.startswith("Planning")
    assert "2/3 hosts  1 failed" in first
    assert [line.split() for line in rest] == [["a", "reading"]]


def test_a_few_hosts_are_shown_and_how_many_more() -> None:
    display = ProgressDisplay("Planning")
    for number in range(9):
        display.watch(f"host-{number}", "reading")
    assert shown(display)[-1] == "and 5 more"


def test_a_notice_is_the_last_line() -> None:
    display = ProgressDisplay("Planning")
    display.notice = "no further host is started"
    assert shown(display)[-1] == "no further host is started"


def test_control_characters_are_made_visible() -> None:
    display = ProgressDisplay("Planning")
    display.watch("a\x1b[2J", "reading\u202e")
    assert "a<U+001B>[2J" in shown(display)[1]


# Remaining time


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("total", "done", "seconds", "left"),
    [
        (100, 0, 60, None),
        (100, 2, 60, None),
        (100, 3, 6, 194),
        (60, 20, 10, 20),  # however many at once: twenty in ten seconds
        (60, 60, 10, 0),
        (2, 2, 10, 0),
    ],
)
def test_the_remaining_time_follows_from_the_rate(
    total: int, done: int, seconds: float, left: float | None
) -> None:
    assert PhaseEstimate(100.0, total, done).remaining(100.0 + seconds) == left


def test_the_estimate_grows_while_no_host_is_done() -> None:
    estimate = PhaseEstimate(0.0, 10, 5)
    assert [estimate.remaining(now) for now in (10.0, 20.0, 40.0)] == [10, 20, 40]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.1, "about 5 s left"),
        (5, "about 5 s left"),
        (31, "about 35 s left"),
        (55, "about 55 s left"),
        (56, "about 1 min left"),
        (61, "about 2 min left"),
        (3540, "about 59 min left"),
        (3541, "about 1 h left"),
        (3601, "about 1 h 10 min left"),
        (7200, "about 2 h left"),
    ],
)
def test_the_remaining_time_in_words(seconds: float, words: str) -> None:
    assert remaining_text(seconds) == words


def _display(hosts: int) -> tuple[ProgressDisplay, Clock]:
    clock = Clock()
    display = ProgressDisplay("Applying", clock)
    for number in range(hosts):
        display.watch(f"h{number}", "waiting")
    return display, clock


def _first(display: ProgressDisplay) -> str:
    return " ".join(shown(display)[0].split())


def test_the_remaining_time_is_shown_once_three_hosts_are_done() -> None:
    display, clock = _display(12)
    clock.now += 30
    display.watch("h0", "done")
    display.watch("h1", "failed")
    assert "left" not in _first(display)
    display.watch("h2", "done")
    assert _first(display).endswith("3/12 hosts 1 failed 30 s about 2 min left")


def test_restarts_are_estimated_by_their_own_rate() -> None:
    """The first phase took a second a host; the restarts take a minute."""
    display, clock = _display(8)
    for number in range(8):
        clock.now += 1
        display.watch(f"h{number}", _TO_RESTART)
    for number in range(3):
        assert "left" not in _first(display)
        display.watch(f"h{number}", "restarting RasMan")
        display.watch(f"h{number}", "waiting for it to be healthy")
        clock.now += 60
        display.watch(f"h{number}", "done")
    assert _first(display).endswith("3/8 hosts 188 s about 5 min left")


def test_no_remaining_time_is_shown_at_the_end() -> None:
    display, clock = _display(3)
    for number in range(3):
        clock.now += 1
        display.watch(f"h{number}", "done")
    assert _first(display).endswith("3/3 hosts 3 s")


@pytest.mark.usefixtures("fleet")
def test_the_engine_reports_hosts_that_wait_for_their_restart(fleet: Fleet) -> None:
    told: list[tuple[str, str]] = []
    control = Control(watch=lambda host, what: told.append((host, what)))
    made = plan([RRAS], str(fleet.folder / "fleet.yaml"), journal=JOURNAL)
    apply(
        made,
        str(fleet.folder / "fleet.yaml"),
        journal=JOURNAL,
        permit=Restart(services=("any",)),
        control=control,
    )
    said = [what for _, what in told]
    assert said.index(_TO_RESTART) < said.index("restarting RemoteAccess") < said.index("done")
