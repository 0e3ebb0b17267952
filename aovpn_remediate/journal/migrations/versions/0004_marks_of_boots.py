"""What tells a restart that has happened from a clock that was set."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0004"
down_revision = "0003"


def upgrade(op: Operations) -> None:
    """Add a column; where it is null, a restart is proven by the host's clock, as before."""
    op.add_column("needs", sa.Column("mark", sa.String(80)))
