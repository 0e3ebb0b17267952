"""Runs, their hosts and steps, their leftovers on hosts, and leases: the tables of 0.1.0.

Program 0.1.0 made them without recording a version: tables that exist already stay as they are.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0001"
down_revision = None


def upgrade(op: Operations) -> None:
    """Create the missing tables."""
    _runs(op)
    _leftovers(op)
    op.create_table(
        "leases",
        sa.Column("name", sa.String(300), primary_key=True),
        sa.Column("holder", sa.String(120), nullable=False),
        sa.Column("owner", sa.String(300), nullable=False),
        sa.Column("expires", sa.Float, nullable=False),
        if_not_exists=True,
    )


def _runs(op: Operations) -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("started", sa.String(40), nullable=False),
        sa.Column("finished", sa.String(40)),
        sa.Column("document", sa.JSON, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "hosts",
        sa.Column("run", sa.String(40), sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("host", sa.String(255), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "steps",
        sa.Column("run", sa.String(40), sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("host", sa.String(255), primary_key=True),
        sa.Column("step", sa.String(400), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_steps_status", "steps", ["status"], if_not_exists=True)


def _leftovers(op: Operations) -> None:
    op.create_table(
        "needs",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("need", sa.String(260), nullable=False),
        sa.Column("since", sa.String(40)),
        sa.Column("run", sa.String(40), sa.ForeignKey("runs.id"), nullable=False),
        sa.Column("step", sa.String(400), nullable=False),
        sa.Column("closed", sa.Boolean, nullable=False),
        sa.Column("how", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_needs_host", "needs", ["host"], if_not_exists=True)
    op.create_table(
        "stops",
        sa.Column("host", sa.String(255), primary_key=True),
        sa.Column("service", sa.String(260), primary_key=True),
        sa.Column("run", sa.String(40), sa.ForeignKey("runs.id"), nullable=False),
        if_not_exists=True,
    )
