"""Runs of the same plan: an apply that goes on with what earlier ones have begun."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aovpn_remediate.engine.apply.rollback import is_open, rolled_back
from aovpn_remediate.errors import UsageError
from aovpn_remediate.journal.journal import Journal
from aovpn_remediate.results import Run


def earlier_runs(
    book: Journal, digest: str, owed: Iterable[str], playbooks: Iterable[str]
) -> tuple[str, ...]:
    """Return the applies that a new apply of a plan goes on with, newest first.

    These are the runs of the same plan, and those among `owed`, whose restarts the plan shows as
    pending, that had none but its playbooks: a plan made anew finishes what they have left. A run
    that has been rolled back meanwhile is none of them.
    """
    names = frozenset(playbooks)
    owed_runs = [
        run for run in _found(book, owed) if names.issuperset(book.name for book in run.playbooks)
    ]
    return with_changes(book, [*book.runs(plan=digest), *owed_runs])


def with_changes(book: Journal, runs: Iterable[Run]) -> tuple[str, ...]:
    """Return the applies among runs and those that they went on with, newest first.

    Left out are those that have set nothing, or nothing that no rollback has taken back.
    """
    loaded = _with_their_own(book, runs)
    undone = rolled_back(rollbacks_of(book, loaded))
    found = [run for run in loaded if is_open(run, undone)]
    return tuple(run.id for run in sorted(found, key=lambda run: run.started, reverse=True))


def rollbacks_of(book: Journal, runs: Iterable[Run]) -> list[Run]:
    """Return the rollbacks of runs, and those of these rollbacks, without the runs themselves."""
    ids = {run.id for run in runs}
    found: dict[str, Run] = {}
    for run in reversed(book.runs(action="rollback")):
        if run.id not in ids and not (ids | found.keys()).isdisjoint(run.of):
            found[run.id] = book.load(run.id)
    return list(found.values())


def _with_their_own(book: Journal, runs: Iterable[Run]) -> list[Run]:
    """Return the applies among runs with those that they went on with, each once and whole."""
    applies = [run for run in runs if run.action == "apply"]
    names = {name for run in applies for name in (run.id, *run.of, *run.follows)}
    return list(_found(book, names))


def _found(book: Journal, ids: Iterable[str]) -> Iterator[Run]:
    """Yield the runs that are in this journal: a plan may have been made with another one."""
    for name in sorted(ids):
        try:
            yield book.load(name)
        except UsageError:
            continue
