"""The upgrade of a journal's tables to the last version."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

from aovpn_remediate.journal.migrations import HEAD

_VERBOSE_LOGGERS = ("alembic.runtime.migration", "alembic.runtime.plugins")


def upgrade(connection: Connection, to: str = HEAD) -> None:
    """Run the versions that are missing, in the transaction that the connection is in.

    The caller holds a lock, so that nobody else does so at the same time.
    """
    with _silent():
        from alembic.operations import Operations
        from alembic.runtime.migration import MigrationContext
        from alembic.script import ScriptDirectory

        scripts = ScriptDirectory(Path(__file__).parent)
        context = MigrationContext.configure(
            connection,
            opts={"fn": lambda heads, _: scripts._upgrade_revs(to, heads)},  # noqa: SLF001 - Alembic's recipes call it too; it has no other name
        )
        # Passed to each version: Alembic's own `op` is global, and threads would share it.
        context.run_migrations(op=Operations(context))


@contextmanager
def _silent() -> Iterator[None]:
    """Keep Alembic's messages about its progress, at INFO, out of the program's log."""

    def is_warning(record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING

    for name in _VERBOSE_LOGGERS:
        logging.getLogger(name).addFilter(is_warning)
    try:
        yield
    finally:
        for name in _VERBOSE_LOGGERS:
            logging.getLogger(name).removeFilter(is_warning)
