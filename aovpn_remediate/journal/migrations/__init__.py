"""The versions of the journal's tables, from the first on, for SQLite and PostgreSQL alike.

Opening a journal brings it to the last version in one transaction, so that nobody ever sees it
half-way. To add a version:

1. Change the tables where they are described (everything on `journal.tables.metadata`).
2. Add `versions/NNNN_topic.py` with `revision`, `down_revision` (the version before) and
   `upgrade(op)`, which gets Alembic's `Operations`. It describes its tables itself, so that a
   version stays the same when the tables change later.
3. Add the number to `REVISIONS`.

The tests in `tests/journal` then prove that on both databases the versions lead exactly to the
tables described, and that a journal of every version keeps its contents. A column that is added to
a table with rows needs a `server_default`, or has to be nullable. SQLite alters little in place:
`op.batch_alter_table` recreates the table.
"""

from __future__ import annotations

REVISIONS = ("0001", "0002", "0003", "0004")
"""All versions in their order, listed here so that a current journal opens without Alembic."""

HEAD = REVISIONS[-1]
"""The version of this program."""
