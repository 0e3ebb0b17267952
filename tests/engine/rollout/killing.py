"""Applying and going on in a process of its own, which can be killed."""

from __future__ import annotations

import os
from multiprocessing.process import BaseProcess
from typing import Any

from sqlalchemy import event

import aovpn_remediate as aovpn
from tests.engine.conftest import ALL_RESTARTS
from tests.engine.killing import Deadline
from tests.forked import PROCESSES

from .fleets import Site


def _work(what: str, inventory: str, journal: str, commit: int, **more: Any) -> None:
    os.environ["AOVPN_LAB_PASSWORD"] = "secret"
    book = aovpn.Journal(journal)
    deadline = Deadline(commit, lambda: os.kill(os.getpid(), 9))

    @event.listens_for(book._engine, "commit")
    def _on_commit(_connection: Any) -> None:
        deadline.passes()

    limit = {"limit": more.pop("limit")} if "limit" in more else {}
    go: Any = aovpn.apply if what.endswith(".json") else aovpn.resume
    chosen = {"options": aovpn.Options(**more)} if more else {}
    run = go(what, inventory, journal=book, permit=ALL_RESTARTS, **limit, **chosen)
    book.close()
    raise SystemExit(run.exit_code)


def in_a_process(site: Site, what: str, *, commit: int = 0, **more: Any) -> BaseProcess:
    """A plan file is applied, a run gone on with; killed before that commit, if it is given.

    It ends with the exit code of the run.
    """
    process = PROCESSES.Process(
        target=_work,
        args=(what, str(site.inventory), site.journal.url, commit),
        kwargs=more,
        daemon=True,
    )
    process.start()
    return process
