"""Runs in the journal, from Python."""

from __future__ import annotations

from aovpn_remediate.journal.journal import Journal, opened
from aovpn_remediate.results import Run


def runs(journal: Journal | str | None = None) -> list[Run]:
    """Return all runs, newest first, without their hosts."""
    with opened(journal) as book:
        return book.runs()


def show(run: str, journal: Journal | str | None = None) -> Run:
    """Return a whole run by its id, the beginning of its id, or `last`."""
    with opened(journal) as book:
        return book.load(run)
