"""The versions of the journal's tables, from the first on, for SQLite and PostgreSQL alike.

A journal that is opened is brought to the last version in one transaction, so that it is never
seen half-way. To add a version:

1. Change the tables where they are described (everything on `journal.tables.metadata`).
2. Add `versions/NNNN_what_it_is_about.py` with `revision`, `down_revision` (the version before) and
   `upgrade(op)`, which gets Alembic's `Operations`. It describes its tables itself: what a version
   made stays as it was, whatever the tables become later.
3. Add the number to `REVISIONS`.

The tests in `tests/journal` then hold it to these: on both databases the versions lead exactly to
the tables described, and a journal of every version comes through with what it holds. A column
that is added to a table with rows needs a `server_default`, or has to be nullable. SQLite alters
little in place: `op.batch_alter_table` makes the table anew.
"""

from __future__ import annotations

REVISIONS = ("0001", "0002", "0003")
"""All versions, in their order. Kept here so that a journal of today needs no Alembic to open."""

HEAD = REVISIONS[-1]
"""The version that this program works with."""
