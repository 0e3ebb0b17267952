"""`schema`: what a file may say, for an editor."""

from __future__ import annotations

from pathlib import Path

import click

from aovpn_remediate.cli.program import verb

SCHEMA_NAMES = ("playbook", "inventory", "waivers")
"""Those of `schemas.SCHEMAS`, which is too heavy to load for the help of a verb."""


def editor_line(path: str) -> str:
    """The first line of a file: editors with a YAML language server check it by this schema."""
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
    help="Write it there.  [default: stdout]",
)
def schema(name: str, output: Path | None) -> None:
    """Print the JSON Schema of playbooks, inventories or waivers.

    An editor with a YAML language server (VS Code with its YAML extension, Neovim, Helix, Emacs)
    completes and checks a file whose first line leads to it, by a path from that file:

    \b
      # yaml-language-server: $schema=playbook.json

    What needs more than the file itself only `validate` can tell.
    """  # noqa: D301 - click's sign for lines to be left as they are
    from aovpn_remediate.cli.terminal.output import print_out, save
    from aovpn_remediate.cli.terminal.printing import remark
    from aovpn_remediate.schemas import shipped

    text = shipped(name).read_text(encoding="utf-8")
    if output is None:
        print_out(text)
        return
    save(text, output)
    remark(f"First line of a file beside it:\n{editor_line(output.name)}")
