"""`--override-window`: hosts are changed outside their change windows, and the run says why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from aovpn_remediate.inventory.model import Host


def _reason(ctx: click.Context, param: click.Parameter, value: str | None) -> str:
    if value is not None and not value.strip():
        raise click.BadParameter("say why: the run keeps it", ctx, param)
    return (value or "").strip()


override_window = click.option(
    "--override-window",
    metavar="REASON",
    callback=_reason,
    help="Change hosts outside their change windows too; the run keeps the reason.",
)


def refuse_outside(hosts: Sequence[Host], override: str) -> None:
    """Raises `UsageError` where all are closed, before anybody is asked whether to go on."""
    from datetime import UTC, datetime

    from aovpn_remediate.engine.rollout.windows import refuse_closed

    if not override:
        refuse_closed(hosts, datetime.now(UTC))
