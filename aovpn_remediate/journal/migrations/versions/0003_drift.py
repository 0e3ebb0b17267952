"""The next check of each host of a fleet, and the episodes in which its steps differed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0003"
down_revision = "0002"


def upgrade(op: Operations) -> None:
    """Add two tables. Times are seconds since 1970."""
    op.create_table(
        "drift_hosts",
        sa.Column("fleet", sa.String(400), primary_key=True),
        sa.Column("host", sa.String(255), primary_key=True),
        sa.Column("due", sa.Float, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("under_way", sa.Boolean, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("started", sa.Float),
        sa.Column("ended", sa.Float),
        sa.Column("certificate_ends", sa.Float),
        sa.Column("document", sa.JSON),
    )
    op.create_table(
        "drift_episodes",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("fleet", sa.String(400), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("step", sa.String(400), nullable=False),
        sa.Column("first_seen", sa.Float, nullable=False),
        sa.Column("last_seen", sa.Float, nullable=False),
        sa.Column("ended", sa.Float),
        sa.Column("how", sa.String(20), nullable=False),
        sa.Column("run", sa.String(40), nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("found", sa.Text, nullable=False),
        sa.Column("wanted", sa.Text, nullable=False),
        sa.Column("hint", sa.Text, nullable=False),
    )
    op.create_index("ix_drift_episodes_host", "drift_episodes", ["fleet", "host"])
