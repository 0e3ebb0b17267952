"""Plans that runs apply, and hosts that roll a run back unless it is confirmed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0002"
down_revision = "0001"


def upgrade(op: Operations) -> None:
    """Add two tables."""
    op.create_table(
        "plans",
        sa.Column("run", sa.String(40), sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("document", sa.JSON, nullable=False),
    )
    op.create_table(
        "armed",
        sa.Column("run", sa.String(40), sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("host", sa.String(255), primary_key=True),
        sa.Column("since", sa.String(40), nullable=False),
        sa.Column("until", sa.String(40)),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
    )
    op.create_index("ix_armed_status", "armed", ["status"])
