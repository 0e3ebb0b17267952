"""`demo`: the main job in one go, on simulated hosts."""

from __future__ import annotations

import click

from aovpn_remediate.cli.program import verb


@verb("aovpn-remediate demo")
@click.pass_context
def demo(ctx: click.Context) -> None:
    """See it all at work on 12 SIMULATED hosts.

    It works in a temporary folder, with a journal of its own, and reaches nothing but this machine.
    It ends with 0 if all went as it should, also what is meant to fail.
    """
    from aovpn_remediate.cli.commands.serving import needs_extra

    try:
        from aovpn_remediate.cli.commands.demonstration import demonstrate

        wrong = demonstrate(ctx.find_root().command)
    except ModuleNotFoundError as error:
        raise needs_extra(error) from None
    ctx.exit(1 if wrong else 0)
