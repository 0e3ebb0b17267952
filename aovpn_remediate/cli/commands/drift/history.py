"""`drift history`: since when steps have differed, and who fixed them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aovpn_remediate.cli.commands.drift.options import name_option
from aovpn_remediate.cli.options.common import format_option, inventory_option, journal_option
from aovpn_remediate.cli.program import verb

if TYPE_CHECKING:
    from aovpn_remediate.drift.episodes import Episode
    from aovpn_remediate.drift.history import StepHistory

_ENDS = {
    "elsewhere": "fixed outside of a run",
    "not_asked": "no longer assigned",
    "restarted": "the restart was made",
}


@verb(
    "aovpn-remediate drift history -i fleet.yaml",
    "aovpn-remediate drift history -i fleet.yaml --host nps-01 --format json",
)
@inventory_option(required=False, default="all fleets in the journal")
@name_option
@click.option("--host", metavar="HOST", help="Show this host only.")
@journal_option
@format_option
def history(
    *,
    inventory: Path | None,
    name: str | None,
    host: str | None,
    journal: str | None,
    format_: str,
) -> None:
    """Show since when steps have differed, and who fixed them.

    A pending restart is shown like a step. Warns of a value that came back three times after a fix:
    something else sets it too.
    """
    from aovpn_remediate.drift.assignment import fleet_name
    from aovpn_remediate.drift.history import as_data, histories
    from aovpn_remediate.drift.history_store import HistoryStore
    from aovpn_remediate.journal.journal import opened

    fleet = name or (fleet_name(inventory) if inventory else None)
    with opened(journal) as book:
        found = histories(HistoryStore(book, fleet).episodes(host))
    if format_ == "json":
        click.echo(json.dumps(as_data(found), indent=2))
        return
    if not found:
        click.echo(f"No drift has been found{_scope(fleet, host)} yet.", err=True)
    for line in _lines(found):
        click.echo(line)


def _scope(fleet: str | None, host: str | None) -> str:
    from aovpn_remediate.reports.escape import visible

    return (f" on {visible(host)}" if host else "") + (f" in {visible(fleet)}" if fleet else "")


def _lines(found: list[StepHistory]) -> Iterator[str]:
    from aovpn_remediate.reports.escape import visible

    host = ""
    for one in found:
        if one.host != host:
            host = one.host
            yield visible(host)
        yield f"  {visible(one.step)}  {_state(one)}"
        for episode in one.episodes:
            yield f"    {_episode(episode)}"
        if one.set_by:
            yield "    fixed " + ", ".join(_times(by, n) for by, n in one.set_by.items())
        if one.advice:
            yield f"    ! {one.advice}"


def _state(one: StepHistory) -> str:
    if not one.differs:
        return "done" if one.last.is_restart else "compliant"
    state = "pending" if one.last.is_restart else "differs"
    return f"{state} since {_moment(one.last.first_seen)}"


def _episode(episode: Episode) -> str:
    from aovpn_remediate.reports.escape import one_line

    seen = f"{_moment(episode.first_seen)} to {_moment(episode.last_seen)}"
    values = one_line(episode.found)
    if not episode.is_restart:
        values += f", should be {one_line(episode.wanted)}"
    if episode.ended is None:
        return f"{seen}  {values}"
    end = _ENDS.get(episode.how) or f"fixed by run {one_line(episode.run)}"
    return f"{seen}  {values}; {end}, read {_moment(episode.ended)}"


def _times(operator: str, number: int) -> str:
    from aovpn_remediate.reports.escape import one_line

    return f"{'once' if number == 1 else f'{number} times'} by {one_line(operator)}"


def _moment(at: float) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}Z"
