"""`drift`: detect drift continuously, remediate it, and keep its history."""

from __future__ import annotations

import click

from aovpn_remediate.cli.commands.drift.check import check
from aovpn_remediate.cli.commands.drift.files import files
from aovpn_remediate.cli.commands.drift.history import history
from aovpn_remediate.cli.commands.drift.run import run
from aovpn_remediate.cli.program import Program


@click.group(
    cls=Program,
    examples=(
        "aovpn-remediate drift check -i fleet.yaml",
        "aovpn-remediate drift run -i fleet.yaml --every 1h",
        "aovpn-remediate drift history -i fleet.yaml --host nps-01",
    ),
)
def drift() -> None:
    """Detect drift continuously and remediate it.

    The groups of the inventory assign playbooks: `playbooks: [NAME or FILE, ...]`. A difference is
    fixed only if a group or a playbook says `drift: fix` and none says `drift: report`.
    """


for verb in (check, run, history, files):
    drift.add_command(verb)
