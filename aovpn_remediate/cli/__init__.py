"""The command line: one module a verb; what is heavy is imported when a verb works."""

from __future__ import annotations

import click

from aovpn_remediate.cli.apply import apply
from aovpn_remediate.cli.completion import completion
from aovpn_remediate.cli.confirm import confirm
from aovpn_remediate.cli.demo import demo
from aovpn_remediate.cli.diff import diff
from aovpn_remediate.cli.doctor import doctor
from aovpn_remediate.cli.drift import drift
from aovpn_remediate.cli.init import init
from aovpn_remediate.cli.kinds import kinds
from aovpn_remediate.cli.lab import lab
from aovpn_remediate.cli.plan import plan
from aovpn_remediate.cli.playbooks import playbooks
from aovpn_remediate.cli.program import Program
from aovpn_remediate.cli.render import render
from aovpn_remediate.cli.report import report
from aovpn_remediate.cli.resume import resume
from aovpn_remediate.cli.rollback import rollback
from aovpn_remediate.cli.runs import runs
from aovpn_remediate.cli.schema import schema
from aovpn_remediate.cli.show import show
from aovpn_remediate.cli.validate import validate
from aovpn_remediate.cli.verify import verify

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
    """Find and repair the known faults of Always On VPN servers, over WinRM.

    Exit codes: 0 as wanted, 1 something failed or could not be read, 2 wrong usage, 3 something
    differs or a restart is outstanding, 130 interrupted.
    """


for verb in (
    *(plan, apply, confirm, resume, verify, rollback),
    *(runs, show, report, diff, render),
    drift,
    *(playbooks, kinds, validate, doctor),
    *(init, schema, completion),
    *(lab, demo),
):
    main.add_command(verb)
