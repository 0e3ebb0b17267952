"""`playbooks`: the shipped playbooks, and the contents of one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from aovpn_remediate.cli.options import completers
from aovpn_remediate.cli.options.common import format_option
from aovpn_remediate.cli.program import verb

if TYPE_CHECKING:
    from aovpn_remediate.playbook.loader import PlaybookFile


@verb(
    "aovpn-remediate playbooks",
    "aovpn-remediate playbooks rras-ikev2-fragmentation",
)
@click.argument("name", required=False, shell_complete=completers.playbooks)
@format_option
def playbooks(name: str | None, format_: str) -> None:
    """List the shipped playbooks, or show one.

    NAME is the name of a shipped playbook or the path of a file.
    """
    from aovpn_remediate.playbook.loader import load_playbook, shipped_playbooks
    from aovpn_remediate.reports.escape import visible

    files = [load_playbook(item) for item in ([name] if name else shipped_playbooks())]
    lines = _details(files[0]) if name else _list(files)
    if format_ == "json":
        found = [_as_data(file) for file in files]
        click.echo(json.dumps({"kind": "playbooks", "playbooks": found}, indent=2))
        return
    for line in lines:
        click.echo(visible(line))


def _as_data(file: PlaybookFile) -> dict[str, Any]:
    from aovpn_remediate.resources.proof import playbook_proof

    header = file.header.model_dump(mode="json", exclude_none=True)
    proof = playbook_proof(file.name)
    return {
        **header,
        **({"proof": proof} if proof else {}),
        "role": file.role,
        "restarts": file.restarts,
        "needs": sorted(file.needs()),
        "digest": file.source.digest,
    }


def _list(files: Sequence[PlaybookFile]) -> Iterator[str]:
    """Return a heading for each role, and a line for each playbook of it."""
    from aovpn_remediate.resources.roles import ROLES

    width = max(len(file.name) for file in files)
    for role in (*ROLES, None):
        of_role = [file for file in files if file.role == role]
        if of_role:
            yield f"{(role or 'any role').replace('_', ' ')}:"
        for file in of_role:
            symptoms = "; ".join(map(str, file.header.symptoms))
            told = f" ({symptoms})" if symptoms else ""
            yield f"  {file.name:{width}}  {file.header.summary}{told}"


def _details(file: PlaybookFile) -> Iterator[str]:
    import yaml

    from aovpn_remediate.resources.proof import WORDS, playbook_proof

    header = file.header
    yield file.name
    yield header.summary
    yield ""
    for symptom in header.symptoms:
        yield f"Symptom   {symptom}"
    yield f"Restarts  {file.restarts or 'none'}"
    if header.risk:
        yield f"Risk      {header.risk}"
    if file.high_impact:
        yield f"Impact    high: {file.high_impact}; only set with --confirm-high-impact"
    if header.source:
        yield f"Source    {header.source}"
    if proof := playbook_proof(file.name):
        yield f"Tried on  {WORDS[proof]}"
    yield f"Hosts     {header.hosts}"
    for name in sorted(file.needs()):
        yield f"Needs     the variable {name}, from the inventory or -e"
    shown = {
        part: file.source.value[part]
        for part in ("applies", "only_if", "vars", "before", "steps", "after")
        if file.source.value.get(part)
    }
    for part, value in shown.items():
        yield ""
        text = yaml.safe_dump({part: value}, sort_keys=False, allow_unicode=True, width=100)
        yield from text.splitlines()
