"""`playbooks`: the shipped playbooks, and the contents of one."""

from __future__ import annotations

import json
from collections.abc import Iterator
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
    if format_ == "json":
        found = [_as_data(file) for file in files]
        click.echo(json.dumps({"kind": "playbooks", "playbooks": found}, indent=2))
        return
    for file in files:
        for line in _details(file) if name else _summary(file):
            click.echo(visible(line))


def _as_data(file: PlaybookFile) -> dict[str, Any]:
    from aovpn_remediate.resources.proof import playbook_proof

    header = file.header.model_dump(mode="json", exclude_none=True)
    proof = playbook_proof(file.name)
    return {
        **header,
        **({"proof": proof} if proof else {}),
        "needs": sorted(file.needs()),
        "digest": file.source.digest,
    }


def _summary(file: PlaybookFile) -> Iterator[str]:
    yield file.name
    yield f"  {file.header.summary}"
    for symptom in file.header.symptoms:
        yield f"  for {symptom}"


def _details(file: PlaybookFile) -> Iterator[str]:
    import yaml

    from aovpn_remediate.resources.proof import WORDS, playbook_proof

    header = file.header
    yield file.name
    yield header.summary
    yield ""
    for symptom in header.symptoms:
        yield f"Symptom   {symptom}"
    if header.risk:
        yield f"Risk      {header.risk}"
    if header.source:
        yield f"Source    {header.source}"
    if proof := playbook_proof(file.name):
        yield f"Tried on  {WORDS[proof]}"
    yield f"Hosts     {header.hosts}"
    for name in sorted(file.needs()):
        yield f"Needs     the variable {name}, from the inventory or -e"
    shown = {
        part: file.source.value[part]
        for part in ("applies", "vars", "before", "steps", "after")
        if file.source.value.get(part)
    }
    for part, value in shown.items():
        yield ""
        text = yaml.safe_dump({part: value}, sort_keys=False, allow_unicode=True, width=100)
        yield from text.splitlines()
