"""Runs in the journal, from Python."""

from __future__ import annotations

from collections.abc import Sequence

from aovpn_remediate.journal.journal import Journal, opened
from aovpn_remediate.results import Run
from aovpn_remediate.results.runs import RunAction


def runs(journal: Journal | str | None = None) -> list[Run]:
    """Return all runs, newest first, without their hosts."""
    with opened(journal) as book:
        return book.runs()


def show(run: str, journal: Journal | str | None = None, *, last: RunAction | None = None) -> Run:
    """Return a whole run by its id, the beginning of its id, or `last`.

    `last` is the newest run, or the newest with the action `last`.
    """
    with opened(journal) as book:
        return book.load(run, last=last)


def runs_to_roll_back(runs: Sequence[str], journal: Journal | str | None = None) -> list[Run]:
    """Return the runs that a rollback of these names rolls back, each once.

    `last` is the newest apply, with the earlier applies of the same plan: a rollback is rolled back
    only where its id is given. Raises `UsageError` where there is no such run.
    """
    with opened(journal) as book:
        ids = [each for name in runs for each in _named(name, book)]
        return [book.load(each) for each in dict.fromkeys(ids)]


def _named(name: str, book: Journal) -> tuple[str, ...]:
    run = book.load(name, last="apply")
    return run.whole if name == "last" else (run.id,)
