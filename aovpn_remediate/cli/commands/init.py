"""`init`: write an inventory and a playbook to start from."""

from __future__ import annotations

from pathlib import Path

import click

from aovpn_remediate.cli.program import verb

_TEMPLATES = ("fleet.yaml", "first.yaml")
_NEXT = """\
Next steps:
  put your servers into fleet.yaml
  aovpn-remediate validate fleet.yaml first.yaml     check both files
  aovpn-remediate doctor -i fleet.yaml               check that the servers can be managed
  aovpn-remediate plan ./first.yaml -i fleet.yaml    show what would change; nothing is changed
  aovpn-remediate playbooks                          list the known faults and their fixes"""


@verb("aovpn-remediate init", "aovpn-remediate init vpn-servers")
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
def init(folder: Path) -> None:
    """Write a commented inventory and a first playbook.

    They are written to FOLDER, or to the current folder, with the schemas by which an editor
    completes and checks them. No existing file is overwritten.
    """
    files = _files()
    _refuse_existing(folder, files)
    _write(folder, files)
    click.echo(f"Written to {folder.absolute()}: {', '.join(files)}")
    click.echo(_NEXT)


def _files() -> dict[str, str]:
    """Return the contents of the files by their names in the folder."""
    from aovpn_remediate.assets import asset_dir
    from aovpn_remediate.schemas import SCHEMAS, shipped

    templates = asset_dir("templates") / "init"
    files = {name: (templates / name).read_text(encoding="utf-8") for name in _TEMPLATES}
    for name in SCHEMAS:
        files[f"schemas/{name}.json"] = shipped(name).read_text(encoding="utf-8")
    return files


def _refuse_existing(folder: Path, files: dict[str, str]) -> None:
    from aovpn_remediate.errors import UsageError

    existing = [str(folder / name) for name in files if (folder / name).exists()]
    if existing:
        exist = "exists" if len(existing) == 1 else "exist"
        raise UsageError(
            f"{', '.join(existing)} already {exist}, nothing was written: "
            "use another folder, such as init vpn-servers"
        )


def _write(folder: Path, files: dict[str, str]) -> None:
    from aovpn_remediate.errors import UsageError

    path = folder
    try:
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
