"""`schema`: the JSON Schema of a file, for an editor."""

from __future__ import annotations

from pathlib import Path

import click

from aovpn_remediate.cli.program import verb

SCHEMA_NAMES = ("playbook", "inventory", "waivers")
"""The names in `schemas.SCHEMAS`, which is too heavy to load for the help of a verb."""


def editor_line(path: str) -> str:
    """Return the first line by which an editor's YAML language server finds the schema."""
    return f"# yaml-language-server: $schema={path}"


@verb(
    "aovpn-remediate schema playbook -o playbook.json",
    "aovpn-remediate schema inventory > inventory.json",
)
@click.argument("name", type=click.Choice(SCHEMA_NAMES))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the schema to a file.  [default: stdout]",
)
def schema(name: str, output: Path | None) -> None:
    """Print the JSON Schema of playbooks, inventories or waivers.

    An editor with a YAML language server (VS Code with its YAML extension, Neovim, Helix, Emacs)
    completes and checks a file whose first line names the schema by its path from that file:

    \b
      # yaml-language-server: $schema=playbook.json

    `validate` also finds the problems that a schema cannot describe.
    """  # noqa: D301 - \b keeps click from rewrapping the lines after it
    from aovpn_remediate.cli.terminal.output import print_exactly, print_note, save
    from aovpn_remediate.schemas import shipped

    text = shipped(name).read_text(encoding="utf-8")
    if output is None:
        print_exactly(text)
        return
    save(text, output)
    print_note(f"First line of a file in the same folder:\n{editor_line(output.name)}")
