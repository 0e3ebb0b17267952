"""Changes whose Set stops services: one host at a time."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any, cast

import aovpn_remediate as aovpn
from aovpn_remediate.engine.rollout.stopping import StoppingSets
from aovpn_remediate.results import Facts


def _progress(**changes: Any) -> Any:
    return SimpleNamespace(
        changes=SimpleNamespace(stopped_by_sets=("RasMan",), **changes),
        journal=SimpleNamespace(record_running=lambda _: None),
        host_apply=SimpleNamespace(facts=Facts()),
    )


def test_one_host_of_a_run_has_its_turn_at_a_time() -> None:
    sets = StoppingSets(cast("Any", None), cast("Any", None), aovpn.Restart)
    entered, left = threading.Event(), threading.Event()

    def other() -> None:
        with sets.in_turn(_progress(), None):
            entered.set()
        left.set()

    with sets.in_turn(_progress(), None):
        thread = threading.Thread(target=other)
        thread.start()
        assert not entered.wait(0.2)
    thread.join(10)
    assert entered.is_set()
    assert left.is_set()


def test_a_host_without_such_changes_waits_for_nobody() -> None:
    sets = StoppingSets(cast("Any", None), cast("Any", None), aovpn.Restart)
    free = _progress()
    free.changes.stopped_by_sets = ()
    with sets.in_turn(_progress(), None), sets.in_turn(free, None) as guard:
        assert guard is None
