"""`init`: something to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from aovpn_remediate.cli.program import verb

_TEMPLATES = ("fleet.yaml", "first.yaml")
_NEXT = """\
Next:
  put your servers into fleet.yaml
  aovpn-remediate validate fleet.yaml first.yaml
  aovpn-remediate doctor -i fleet.yaml               can they be worked with?
  aovpn-remediate plan ./first.yaml -i fleet.yaml    what would change; nothing is changed
  aovpn-remediate playbooks                          the known faults, and what cures them"""


@verb("aovpn-remediate init", "aovpn-remediate init vpn-servers")
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
def init(folder: Path) -> None:
    """Write a commented inventory and a first playbook.

    Into FOLDER, or where you are, with the schemas by which an editor completes and checks them.
    Nothing that is there is overwritten.
    """
    files = _files()
    _refuse_what_is_there(folder, files)
    _write(folder, files)
    click.echo(f"Written in {folder.absolute()}: {', '.join(files)}")
    click.echo(_NEXT)


def _files() -> dict[str, str]:
    """The files by their names in the folder."""
    from aovpn_remediate.assets import asset_dir
    from aovpn_remediate.schemas import SCHEMAS, shipped

    templates = asset_dir("templates") / "init"
    files = {name: (templates / name).read_text(encoding="utf-8") for name in _TEMPLATES}
    for name in SCHEMAS:
        files[f"schemas/{name}.json"] = shipped(name).read_text(encoding="utf-8")
    return files


def _refuse_what_is_there(folder: Path, files: dict[str, str]) -> None:
    from aovpn_remediate.errors import UsageError

    there = [str(folder / name) for name in files if (folder / name).exists()]
    if there:
        is_ = "is" if len(there) == 1 else "are"
        what = f"{', '.join(there)} {is_} there already: nothing was written"
        raise UsageError(f"{what}; give another folder, such as init vpn-servers")


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
