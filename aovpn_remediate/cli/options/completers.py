"""Completions of words on the command line; where something cannot be read there are none."""

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
_JOURNAL_TIMEOUT = 0.2
"""The longest wait in seconds for a busy journal after TAB."""


def playbooks(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Complete names of shipped playbooks; file names where no playbook matches."""
    del ctx, param
    return _playbooks(incomplete) or [CompletionItem(incomplete, type="file")]


def runs(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Complete `last` and the run ids in the journal, newest first."""
    del param
    return _runs(ctx, incomplete)


def playbooks_or_runs(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Complete the arguments of `verify`."""
    found = [*_playbooks(incomplete), *_runs(ctx, incomplete)]
    return found or playbooks(ctx, param, incomplete)


def files_or_runs(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Complete the arguments of `report` and `diff`: plan files and runs."""
    del param
    return _runs(ctx, incomplete) or [CompletionItem(incomplete, type="file")]


def kinds(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Complete kinds of setting."""
    del ctx, param
    from aovpn_remediate.resources import KINDS

    return [
        CompletionItem(name, help=kind.summary)
        for name, kind in KINDS.items()
        if name.startswith(incomplete)
    ]


def hosts(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Complete the last group or host of a pattern such as `nps,!nps-0`, by the inventory given."""
    del param
    path = ctx.params.get("inventory")
    if not isinstance(path, Path):
        return []
    complete, start = _split_pattern(incomplete)
    names = (name for name in _names_in(path) if name.startswith(start))
    return [CompletionItem(f"{complete}{name}") for name in names]


def reports(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Complete the format of a report, such as `html:`, which a file name follows."""
    del ctx, param
    from aovpn_remediate.cli.options.types import FORMAT_NAMES

    return [
        CompletionItem(f"{name}:") for name in FORMAT_NAMES if f"{name}:".startswith(incomplete)
    ]


def _split_pattern(incomplete: str) -> tuple[str, str]:
    """Split a pattern into the part that is complete and the start of a name."""
    found = re.fullmatch(r"(.*,)?(!?)(.*)", incomplete, re.DOTALL)
    before, negation, start = found.groups() if found else ("", "", incomplete)
    return f"{before or ''}{negation}", start


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
    path = _journal_file(ctx.params.get("journal"))
    found = [("last", "the newest"), *_runs_in(path)] if path and path.is_file() else []
    return [CompletionItem(run, help=action) for run, action in found if run.startswith(incomplete)]


def _journal_file(url: str | None) -> Path | None:
    """Return the file of the journal; connecting to another database would take too long."""
    if url is not None:
        return Path(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) else None
    from platformdirs import user_state_path

    return user_state_path("aovpn-remediate") / "journal.sqlite"


def _runs_in(path: Path) -> Iterable[tuple[str, str]]:
    """Return the id and the action of the newest runs, without SQLAlchemy.

    SQLAlchemy takes half a second to load. The file is opened read-only.
    """
    import sqlite3

    query = "SELECT id, action FROM runs ORDER BY started DESC LIMIT ?"
    address = f"{path.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=_JOURNAL_TIMEOUT)) as journal:
            return [(str(run), str(action)) for run, action in journal.execute(query, [_MOST_RUNS])]
    except sqlite3.Error:
        return []
