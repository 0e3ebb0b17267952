"""The tables of the journal: the models in `results` as documents, and columns to query by."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

runs = Table(
    "runs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("action", String(20), nullable=False),
    Column("started", String(40), nullable=False),
    Column("finished", String(40)),
    Column("document", JSON, nullable=False),
)

hosts = Table(
    "hosts",
    metadata,
    Column("run", ForeignKey("runs.id"), primary_key=True),
    Column("host", String(255), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("document", JSON, nullable=False),
)

steps = Table(
    "steps",
    metadata,
    Column("run", ForeignKey("runs.id"), primary_key=True),
    Column("host", String(255), primary_key=True),
    Column("step", String(400), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("status", String(20), nullable=False, index=True),
    Column("document", JSON, nullable=False),
)

needs = Table(
    "needs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("host", String(255), nullable=False, index=True),
    Column("need", String(260), nullable=False),
    Column("since", String(40)),
    Column("run", ForeignKey("runs.id"), nullable=False),
    Column("step", String(400), nullable=False),
    Column("mark", String(80)),
    Column("closed", Boolean, nullable=False, default=False),
    Column("how", Text, nullable=False, default=""),
)

stops = Table(
    "stops",
    metadata,
    Column("host", String(255), primary_key=True),
    Column("service", String(260), primary_key=True),
    Column("run", ForeignKey("runs.id"), nullable=False),
)

plans = Table(
    "plans",
    metadata,
    Column("run", ForeignKey("runs.id"), primary_key=True),
    Column("document", JSON, nullable=False),
)

pending_confirmations = Table(
    "armed",
    metadata,
    Column("run", ForeignKey("runs.id"), primary_key=True),
    Column("host", String(255), primary_key=True),
    Column("since", String(40), nullable=False),
    Column("until", String(40)),
    Column("status", String(20), nullable=False, index=True),
    Column("document", JSON, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(300), primary_key=True),
    Column("holder", String(120), nullable=False),
    Column("owner", String(300), nullable=False),
    Column("expires", Float, nullable=False),
)

drift_hosts = Table(
    "drift_hosts",
    metadata,
    Column("fleet", String(400), primary_key=True),
    Column("host", String(255), primary_key=True),
    Column("due", Float, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("under_way", Boolean, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("started", Float),
    Column("ended", Float),
    Column("certificate_ends", Float),
    Column("document", JSON(none_as_null=True)),
)

drift_episodes = Table(
    "drift_episodes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("fleet", String(400), nullable=False),
    Column("host", String(255), nullable=False),
    Column("step", String(400), nullable=False),
    Column("first_seen", Float, nullable=False),
    Column("last_seen", Float, nullable=False),
    Column("ended", Float),
    Column("how", String(20), nullable=False),
    Column("run", String(40), nullable=False),
    Column("operator", Text, nullable=False),
    Column("found", Text, nullable=False),
    Column("wanted", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Index("ix_drift_episodes_host", "fleet", "host"),
)
