"""The drift history, made from episodes."""

from __future__ import annotations

from typing import Any

from aovpn_remediate.drift.episodes import EndReason, Episode
from aovpn_remediate.drift.history import as_data, histories

AT = 1_900_000_000.0


def episode(host: str, step: str, hour: int, how: EndReason = "", **more: Any) -> Episode:
    at = AT + hour * 3600
    ended = at + 1800 if how else None
    given = {"run": "r1", "operator": "drift on ctl"} if how == "run" else {}
    return Episode(
        host,
        step,
        at,
        at + 60,
        "absent",
        "dword 1",
        ended=ended,
        how=how,
        **{**given, **more},
    )


def test_steps_that_differ_now_come_first_on_each_host() -> None:
    found = histories(
        [
            episode("b", "p/a", 0, "elsewhere"),
            episode("a", "p/a", 1, "elsewhere"),
            episode("a", "p/z", 2),
        ]
    )
    assert [(one.host, one.step, one.differs) for one in found] == [
        ("a", "p/z", True),
        ("a", "p/a", False),
        ("b", "p/a", False),
    ]


def test_the_operators_and_how_often_each_fixed_the_step() -> None:
    by_alice = {"operator": "alice@admin", "run": "r2"}
    [one] = histories(
        [
            episode("a", "p/a", 0, "run"),
            episode("a", "p/a", 1, "run"),
            episode("a", "p/a", 2, "run", **by_alice),
            episode("a", "p/a", 3, "elsewhere"),
            episode("a", "p/a", 4),
        ]
    )
    assert one.set_by == {"drift on ctl": 2, "alice@admin": 1}
    assert one.came_back == 3
    assert one.advice.startswith("reverted to absent 3 times")


def test_the_json_data() -> None:
    found = as_data(histories([episode("a", "p/a", 0, "run", hint="group policy 'X'")]))
    assert found == {
        "kind": "drift_history",
        "schema_version": 1,
        "steps": [
            {
                "host": "a",
                "step": "p/a",
                "differs": False,
                "first_seen": "2030-03-17T17:46:40+00:00",
                "last_seen": "2030-03-17T17:47:40+00:00",
                "set_by": {"drift on ctl": 1},
                "came_back": 0,
                "advice": "",
                "episodes": [
                    {
                        "first_seen": "2030-03-17T17:46:40+00:00",
                        "last_seen": "2030-03-17T17:47:40+00:00",
                        "ended": "2030-03-17T18:16:40+00:00",
                        "how": "run",
                        "run": "r1",
                        "operator": "drift on ctl",
                        "found": "absent",
                        "wanted": "dword 1",
                        "hint": "group policy 'X'",
                    }
                ],
            }
        ],
    }
