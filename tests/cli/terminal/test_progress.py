from __future__ import annotations

import io

from rich.console import Console

from aovpn_remediate.cli.terminal.progress import Board


def shown(board: Board) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=80).print(board._drawn())
    return [line.strip() for line in out.getvalue().splitlines()]


def test_hosts_done_of_all_and_what_is_under_way() -> None:
    board = Board("Planning")
    for host in ("a", "b", "c"):
        board.watch(host, "waiting")
    board.watch("a", "reading")
    board.watch("b", "done")
    board.watch("c", "failed")
    first, *rest = shown(board)
    assert first.startswith("Planning")
    assert "2/3 hosts  1 failed" in first
    assert [line.split() for line in rest] == [["a", "reading"]]


def test_a_few_hosts_are_shown_and_how_many_more() -> None:
    board = Board("Planning")
    for number in range(9):
        board.watch(f"host-{number}", "reading")
    assert shown(board)[-1] == "and 5 more"


def test_a_notice_is_the_last_line() -> None:
    board = Board("Planning")
    board.notice = "no new host is begun"
    assert shown(board)[-1] == "no new host is begun"


def test_what_a_host_is_called_is_made_visible() -> None:
    board = Board("Planning")
    board.watch("a\x1b[2J", "reading\u202e")
    assert "a<U+001B>[2J" in shown(board)[1]
