"""`rollback`: restore the state before a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

import aovpn_remediate as aovpn
from aovpn_remediate.cli.options import completers
from aovpn_remediate.cli.options.common import CommonOptions, common_options, inventory_option
from aovpn_remediate.cli.options.run import (
    Approval,
    approval_options,
    refuse_closed_windows,
    run_options,
)
from aovpn_remediate.cli.program import verb
from aovpn_remediate.engine.run_options import RunOptions
from aovpn_remediate.errors import EXIT_DIFFERS

if TYPE_CHECKING:
    from aovpn_remediate.inventory.model import Inventory
    from aovpn_remediate.results import Preview


@verb(
    "aovpn-remediate rollback last --limit nps-01",
    "aovpn-remediate rollback 20261121-0203 20261121-0155 --yes --allow-restart",
)
@click.argument("runs", nargs=-1, required=True, metavar="RUN...", shell_complete=completers.runs)
@inventory_option(required=False, default="the one of the newest run")
@approval_options
@run_options(confirm=False)
@common_options
@click.pass_context
def rollback(
    ctx: click.Context,
    *,
    runs: tuple[str, ...],
    inventory: Path | None,
    approval: Approval,
    options: RunOptions,
    common: CommonOptions,
) -> None:
    """Restore the state before a run.

    Reads the hosts, shows what would be restored, and asks for approval. A setting that has changed
    since the run is left as it is and reported. A RUN is its id, the beginning of it, or `last`,
    which is the newest apply with the earlier applies of the same plan: a rollback is rolled back
    by its id. `runs` lists the runs.
    """
    from aovpn_remediate.cli.terminal.consent import approve, require_consent
    from aovpn_remediate.cli.terminal.output import present, print_note
    from aovpn_remediate.inventory.loader import load_inventory
    from aovpn_remediate.reports.words import count

    require_consent(approval, "look at the run first with `show`")
    loaded = aovpn.runs_to_roll_back(runs, common.journal)
    newest = max(loaded, key=lambda run: run.started)
    fleet = load_inventory(inventory or Path(newest.inventory.path))
    ids = [run.id for run in loaded]
    preview = _preview(ids, fleet, options.workers, common)
    unread = sum(host.error is not None for host in preview.hosts)
    if preview.interrupted or unread == len(preview.hosts):
        present(preview, common)
        print_note("Nothing was changed.", quiet=common.quiet)
        ctx.exit(preview.exit_code)
    hosts = [fleet.hosts[host.host] for host in preview.hosts]
    refuse_closed_windows(hosts, options.override_window)
    if not approve(preview, f"Roll back {count(len(hosts), 'host')}?", approval, common):
        print_note("Nothing was changed.")
        ctx.exit(EXIT_DIFFERS)
    ctx.exit(_roll_back(preview, fleet, approval, options, common))


def _preview(runs: Sequence[str], fleet: Inventory, workers: int, common: CommonOptions) -> Preview:
    from aovpn_remediate.cli.terminal.session import terminal_session

    with terminal_session("Reading", quiet=common.quiet) as session:
        return aovpn.preview_rollback(
            runs,
            fleet,
            limit=common.limit,
            journal=common.journal,
            workers=workers,
            control=session.control,
        )


def _roll_back(
    preview: Preview,
    fleet: Inventory,
    approval: Approval,
    options: RunOptions,
    common: CommonOptions,
) -> int:
    from aovpn_remediate.cli.terminal.consent import canary_consent, restart_consent
    from aovpn_remediate.cli.terminal.output import present
    from aovpn_remediate.cli.terminal.session import terminal_session

    sessions = {h.host: n for h in preview.hosts if (n := h.facts.sessions) is not None}
    with terminal_session("Rolling back", quiet=common.quiet) as session:
        run = aovpn.rollback(
            preview.of,
            fleet,
            limit=common.limit,
            journal=common.journal,
            options=aovpn.Options.from_named(options),
            permit=restart_consent(
                approval, options.restarts_at_once, session.open_prompt, sessions
            ),
            go_on=canary_consent(approval, session.open_prompt),
            control=session.control,
        )
    present(run, common)
    return run.exit_code
