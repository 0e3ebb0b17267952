"""`validate`: find the problems of playbooks and inventories."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import click

from aovpn_remediate.cli.options.common import format_option
from aovpn_remediate.cli.program import verb


@dataclass(frozen=True)
class _Verdict:
    """The result for one file."""

    path: str
    what: str = ""
    ok: str = ""
    needs: Sequence[str] = ()
    problems: Sequence[str] = ()


@verb("aovpn-remediate validate own.yaml fleet.yaml")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@format_option
@click.pass_context
def validate(ctx: click.Context, files: tuple[str, ...], format_: str) -> None:
    """Check playbooks and inventories; no host is connected to.

    Each problem is one line with file, line and column. A bare name is a shipped playbook.
    """
    from aovpn_remediate.errors import EXIT_COMPLIANT, EXIT_USAGE
    from aovpn_remediate.reports.escape import visible

    verdicts = [_verdict(file) for file in files]
    if format_ == "json":
        found = [asdict(verdict) for verdict in verdicts]
        click.echo(json.dumps({"kind": "validation", "files": found}, indent=2))
    for verdict in verdicts if format_ == "text" else ():
        for problem in verdict.problems:
            click.echo(visible(problem))
        if not verdict.problems:
            click.echo(f"{visible(verdict.path)}: {verdict.what} ok, {verdict.ok}")
        for name in verdict.needs:
            click.echo(f"  needs the variable {name}, from the inventory or -e")
    bad = any(verdict.problems for verdict in verdicts)
    ctx.exit(EXIT_USAGE if bad else EXIT_COMPLIANT)


def _verdict(file: str) -> _Verdict:
    from aovpn_remediate.errors import RemediateError

    what = "playbook"
    try:
        if _is_inventory(file):
            what = "inventory"
            return _inventory(file)
        return _playbook(file)
    except RemediateError as error:
        return _Verdict(file, what, problems=str(error).splitlines())


def _is_inventory(file: str) -> bool:
    """Return True for the contents of an inventory; anything else is checked as a playbook."""
    from pathlib import Path

    from aovpn_remediate.playbook.source import load

    if not Path(file).is_file():
        return False
    value = load(file).value
    return isinstance(value, dict) and not {"groups", "all"}.isdisjoint(value)


def _inventory(file: str) -> _Verdict:
    from aovpn_remediate.inventory.loader import load_inventory
    from aovpn_remediate.reports.words import count

    found = load_inventory(file)
    hosts, groups = count(len(found.hosts), "host"), count(len(found.groups), "group")
    return _Verdict(file, "inventory", f"{hosts} in {groups}")


def _playbook(file: str) -> _Verdict:
    from aovpn_remediate.playbook.loader import load_playbook
    from aovpn_remediate.reports.words import count

    found = load_playbook(file)
    needs = sorted(found.needs())
    if not needs:
        found.resolve({})
    return _Verdict(file, "playbook", count(len(found.steps), "step"), needs)
