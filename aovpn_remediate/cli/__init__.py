"""The command line: one module for each verb; heavy imports wait until a verb runs."""

from __future__ import annotations

import click

from aovpn_remediate.cli.commands.apply import apply
from aovpn_remediate.cli.commands.audit import audit
from aovpn_remediate.cli.commands.completion import completion
from aovpn_remediate.cli.commands.confirm import confirm
from aovpn_remediate.cli.commands.demo import demo
from aovpn_remediate.cli.commands.diff import diff
from aovpn_remediate.cli.commands.doctor import doctor
from aovpn_remediate.cli.commands.drift import drift
from aovpn_remediate.cli.commands.init import init
from aovpn_remediate.cli.commands.inspect import inspect
from aovpn_remediate.cli.commands.kinds import kinds
from aovpn_remediate.cli.commands.lab import lab
from aovpn_remediate.cli.commands.plan import plan
from aovpn_remediate.cli.commands.playbooks import playbooks
from aovpn_remediate.cli.commands.render import render
from aovpn_remediate.cli.commands.report import report
from aovpn_remediate.cli.commands.resume import resume
from aovpn_remediate.cli.commands.rollback import rollback
from aovpn_remediate.cli.commands.runs import runs
from aovpn_remediate.cli.commands.schema import schema
from aovpn_remediate.cli.commands.show import show
from aovpn_remediate.cli.commands.validate import validate
from aovpn_remediate.cli.commands.verify import verify
from aovpn_remediate.cli.program import Program

__all__ = ["main"]


@click.group(
    name="aovpn-remediate",
    cls=Program,
    examples=(
        "aovpn-remediate plan nps-ignore-no-revocation-check -i fleet.yaml -o change.plan.json",
        "aovpn-remediate apply change.plan.json",
        "aovpn-remediate rollback last",
    ),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="aovpn-remediate", message="%(prog)s %(version)s")
def main() -> None:
    """Find and repair the known faults of Always On VPN servers over WinRM.

    Exit codes: 0 compliant, 1 something failed or could not be read, 2 wrong usage, 3 something
    differs or a restart is pending, 130 interrupted.
    """


for verb in (
    *(plan, apply, confirm, resume, verify, rollback),
    audit,
    *(runs, show, report, diff, render),
    drift,
    *(playbooks, kinds, validate, doctor),
    inspect,
    *(init, schema, completion),
    *(lab, demo),
):
    main.add_command(verb)
