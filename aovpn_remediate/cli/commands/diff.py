"""`diff`: the differences between two plans or two runs."""

from __future__ import annotations

import click

from aovpn_remediate.cli.options import completers
from aovpn_remediate.cli.options.common import format_option, journal_option
from aovpn_remediate.cli.program import verb


@verb(
    "aovpn-remediate diff monday.plan.json tuesday.plan.json",
    "aovpn-remediate diff 20261120-0203 last",
)
@click.argument("first", metavar="PLAN.json | RUN", shell_complete=completers.files_or_runs)
@click.argument("second", metavar="PLAN.json | RUN", shell_complete=completers.files_or_runs)
@journal_option
@format_option
@click.pass_context
def diff(ctx: click.Context, *, first: str, second: str, journal: str | None, format_: str) -> None:
    """Show the differences between two plans or two runs.

    Lists hosts that were added or removed, and steps, checks and restarts that differ. Exit code 0
    if there is no difference, 3 otherwise. A RUN is its id, the beginning of it, or `last`.
    """
    from aovpn_remediate.cli.terminal.documents import load_document
    from aovpn_remediate.errors import EXIT_COMPLIANT, EXIT_DIFFERS
    from aovpn_remediate.reports.compare import as_json, as_text, compare

    before, after = load_document(first, journal), load_document(second, journal)
    if before.kind != after.kind:
        raise click.UsageError(
            f"cannot compare {first}, a {before.kind}, with {second}, a {after.kind}"
        )
    found = compare(before, after)
    click.echo(as_json(found) if format_ == "json" else as_text(found))
    ctx.exit(EXIT_COMPLIANT if found.same else EXIT_DIFFERS)
