"""`--override-window`: hosts are changed outside their change windows, and the run says why."""

from __future__ import annotations

import click


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
