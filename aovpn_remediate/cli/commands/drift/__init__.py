"""`drift`: what a fleet has become since, again and again."""

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
    """Look after a fleet: check again and again, correct, remember.

    The groups of the inventory say which: `playbooks: [NAME or FILE, ...]`. What differs is set
    only where a group or a playbook says `drift: fix`, and none of them `drift: report`.
    """


for verb in (check, run, history, files):
    drift.add_command(verb)
