"""What words there are at a place of the command line, for the shell. It says nothing of errors."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import click
from click.shell_completion import CompletionItem

Items = list["CompletionItem[str]"]

_SQLITE = "sqlite:///"
_MOST_RUNS = 50
_PATIENCE = 0.2
"""Seconds that a person waits for a busy journal after TAB."""


def playbooks(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Names of shipped ones; files where no name begins so."""
    del ctx, param
    return _playbooks(incomplete) or [CompletionItem(incomplete, type="file")]


def runs(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """`last`, and the ids in the journal, newest first."""
    del param
    return _runs(ctx, incomplete)


def playbooks_or_runs(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """What `verify` takes."""
    found = [*_playbooks(incomplete), *_runs(ctx, incomplete)]
    return found or playbooks(ctx, param, incomplete)


def files_or_runs(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """What `report` and `diff` take: plans in files, and runs."""
    del param
    return _runs(ctx, incomplete) or [CompletionItem(incomplete, type="file")]


def kinds(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Kinds of setting."""
    del ctx, param
    from aovpn_remediate.resources import KINDS

    return [
        CompletionItem(name, help=kind.summary)
        for name, kind in KINDS.items()
        if name.startswith(incomplete)
    ]


def hosts(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Groups and hosts of the inventory given: the last one of `nps,!nps-0`."""
    del param
    path = ctx.params.get("inventory")
    if not isinstance(path, Path):
        return []
    before, start = _parted(incomplete)
    names = (name for name in _names_in(path) if name.startswith(start))
    return [CompletionItem(f"{before}{name}") for name in names]


def reports(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """`html:`, then a file."""
    del ctx, param
    from aovpn_remediate.cli.options.types import FORMAT_NAMES

    return [
        CompletionItem(f"{name}:") for name in FORMAT_NAMES if f"{name}:".startswith(incomplete)
    ]


def _parted(incomplete: str) -> tuple[str, str]:
    """What is complete already, and the start of a name."""
    found = re.fullmatch(r"(.*,)?(!?)(.*)", incomplete, re.DOTALL)
    before, sign, start = found.groups() if found else ("", "", incomplete)
    return f"{before or ''}{sign}", start


def _playbooks(incomplete: str) -> Items:
    from aovpn_remediate.playbook.loader import shipped_playbooks

    return [CompletionItem(name) for name in shipped_playbooks() if name.startswith(incomplete)]


def _names_in(inventory: Path) -> Iterable[str]:
    from aovpn_remediate.errors import RemediateError
    from aovpn_remediate.inventory.loader import load_inventory

    try:
        found = load_inventory(inventory)
    except RemediateError:
        return []
    return ["all", *found.groups, *found.hosts]


def _runs(ctx: click.Context, incomplete: str) -> Items:
    path = _journal(ctx.params.get("journal"))
    found = [("last", "the newest"), *_runs_in(path)] if path and path.is_file() else []
    return [CompletionItem(run, help=what) for run, what in found if run.startswith(incomplete)]


def _journal(url: str | None) -> Path | None:
    """The file of the journal; another database is not worth the wait for a connection."""
    if url is not None:
        return Path(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) else None
    from platformdirs import user_state_path

    return user_state_path("aovpn-remediate") / "journal.sqlite"


def _runs_in(path: Path) -> Iterable[tuple[str, str]]:
    """Read past SQLAlchemy, which takes half a second to load; and never written."""
    import sqlite3

    query = "SELECT id, action FROM runs ORDER BY started DESC LIMIT ?"
    address = f"{path.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=_PATIENCE)) as journal:
            return [(str(run), str(action)) for run, action in journal.execute(query, [_MOST_RUNS])]
    except sqlite3.Error:
        return []
