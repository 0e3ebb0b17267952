"""`--confirm-within` and `--self-confirm`: hosts that set themselves back unless told not to."""

from __future__ import annotations

import click

from aovpn_remediate.cli.options.common import Verb
from aovpn_remediate.cli.options.types import Duration
from aovpn_remediate.playbook.durations import LONGEST_CONFIRM, SHORTEST_CONFIRM

_within = click.option(
    "--confirm-within",
    type=Duration(shortest=SHORTEST_CONFIRM, longest=LONGEST_CONFIRM),
    help="A host sets itself back after this time, such as 10m, unless `confirm` comes first.",
)
_by_itself = click.option(
    "--self-confirm", is_flag=True, help="Confirm each host that is well in the end."
)


def confirm_options(verb: Verb) -> Verb:
    """Both options, for `Changing`."""
    return _within(_by_itself(verb))
