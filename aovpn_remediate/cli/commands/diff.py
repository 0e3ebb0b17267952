"""`diff`: what changed between two looks."""

from __future__ import annotations

import click

from aovpn_remediate.cli.options import common as options
from aovpn_remediate.cli.options import completers as completing
from aovpn_remediate.cli.program import verb


@verb(
    "aovpn-remediate diff monday.plan.json tuesday.plan.json",
    "aovpn-remediate diff 20261120-0203 last",
)
@click.argument("first", metavar="PLAN.json | RUN", shell_complete=completing.files_or_runs)
@click.argument("second", metavar="PLAN.json | RUN", shell_complete=completing.files_or_runs)
@options.journal
@options.format_
@click.pass_context
def diff(ctx: click.Context, *, first: str, second: str, journal: str | None, format_: str) -> None:
    """Show what changed between two plans or two runs.

    Hosts that came or went; steps, checks and restarts that are not as they were. Exit code 0 where
    nothing changed, 3 where something did. A RUN is its id, the beginning of it, or `last`.
    """
    from aovpn_remediate.cli.terminal.documents import load_document
    from aovpn_remediate.errors import EXIT_COMPLIANT, EXIT_DIFFERS
    from aovpn_remediate.reports.compare import as_json, as_text, compare

    before, after = load_document(first, journal), load_document(second, journal)
    if before.kind != after.kind:
        raise click.UsageError(
            f"{first} is a {before.kind} and {second} is a {after.kind}: two of one kind are wanted"
        )
    found = compare(before, after)
    click.echo(as_json(found) if format_ == "json" else as_text(found))
    ctx.exit(EXIT_COMPLIANT if found.same else EXIT_DIFFERS)
