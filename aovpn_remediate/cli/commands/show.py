"""`show`: one run, from the journal."""

from __future__ import annotations

import click

from aovpn_remediate.cli.options import common as options
from aovpn_remediate.cli.options import completers as completing
from aovpn_remediate.cli.options.common import Looking
from aovpn_remediate.cli.program import verb


@verb(
    "aovpn-remediate show last",
    "aovpn-remediate show 20261121-0203 --format json",
)
@click.argument("run", shell_complete=completing.runs)
@options.journal
@options.format_
@options.verbose
def show(run: str, journal: str | None, format_: str, verbose: bool) -> None:
    """Show what a run did, step by step.

    A RUN is its id, the beginning of it, or `last`.
    """
    import aovpn_remediate as aovpn
    from aovpn_remediate.cli.terminal.printing import present

    looking = Looking(None, 1, journal, format_, quiet=False, verbose=verbose)
    present(aovpn.show(run, journal), looking)
