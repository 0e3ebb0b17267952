from __future__ import annotations

import pytest

from aovpn_remediate import Control, Restart, apply, plan
from aovpn_remediate.cli.terminal.pace import Pace, in_words
from aovpn_remediate.cli.terminal.progress import _TO_RESTART, Board
from tests.cli.conftest import JOURNAL, RRAS, Fleet
from tests.cli.terminal.test_progress import shown


class Clock:
    """Goes on when it is told."""

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
def test_what_is_left_goes_by_the_rate(
    total: int, done: int, seconds: float, left: float | None
) -> None:
    assert Pace(100.0, total, done).left(100.0 + seconds) == left


def test_where_nothing_ends_it_takes_longer() -> None:
    pace = Pace(0.0, 10, 5)
    assert [pace.left(now) for now in (10.0, 20.0, 40.0)] == [10, 20, 40]


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
def test_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def _board(hosts: int) -> tuple[Board, Clock]:
    clock = Clock()
    board = Board("Applying", clock)
    for number in range(hosts):
        board.watch(f"h{number}", "waiting")
    return board, clock


def _first(board: Board) -> str:
    return " ".join(shown(board)[0].split())


def test_the_board_says_it_once_three_are_done() -> None:
    board, clock = _board(12)
    clock.now += 30
    board.watch("h0", "done")
    board.watch("h1", "failed")
    assert "left" not in _first(board)
    board.watch("h2", "done")
    assert _first(board).endswith("3/12 hosts 1 failed 30 s about 2 min left")


def test_restarts_have_a_pace_of_their_own() -> None:
    """The visits took a second each; the restarts take a minute."""
    board, clock = _board(8)
    for number in range(8):
        clock.now += 1
        board.watch(f"h{number}", _TO_RESTART)
    for number in range(3):
        assert "left" not in _first(board)
        board.watch(f"h{number}", "restarting RasMan")
        board.watch(f"h{number}", "waiting for it to be well")
        clock.now += 60
        board.watch(f"h{number}", "done")
    assert _first(board).endswith("3/8 hosts 188 s about 5 min left")


def test_at_the_end_nothing_is_left() -> None:
    board, clock = _board(3)
    for number in range(3):
        clock.now += 1
        board.watch(f"h{number}", "done")
    assert _first(board).endswith("3/3 hosts 3 s")


@pytest.mark.usefixtures("fleet")
def test_what_a_host_says_before_its_restart(fleet: Fleet) -> None:
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
