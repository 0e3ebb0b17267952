"""`drift history`: since when steps have differed, and who set them right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aovpn_remediate.cli.commands.drift.options import name_option
from aovpn_remediate.cli.options import common as options
from aovpn_remediate.cli.program import verb

if TYPE_CHECKING:
    from aovpn_remediate.drift.episodes import Episode
    from aovpn_remediate.drift.history import StepHistory

_ENDS = {
    "elsewhere": "set right by somebody else",
    "not_asked": "no longer asked for",
}


@verb(
    "aovpn-remediate drift history -i fleet.yaml",
    "aovpn-remediate drift history -i fleet.yaml --host nps-01 --format json",
)
@options.inventory(required=False, more="  [default: all fleets in the journal]")
@name_option
@click.option("--host", metavar="HOST", help="This host only.")
@options.journal
@options.format_
def history(
    *,
    inventory: Path | None,
    name: str | None,
    host: str | None,
    journal: str | None,
    format_: str,
) -> None:
    """Show since when steps have differed, and what became of it.

    A value that came back three times after a run had set it is told: something else sets it too.
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
        click.echo(f"Nothing has differed{_where(fleet, host)} yet.", err=True)
    for line in _lines(found):
        click.echo(line)


def _where(fleet: str | None, host: str | None) -> str:
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
            yield "    set " + ", ".join(_times(by, n) for by, n in one.set_by.items())
        if one.advice:
            yield f"    ! {one.advice}"


def _state(one: StepHistory) -> str:
    if not one.differs:
        return "as wanted"
    return f"differs since {_moment(one.last.first_seen)}"


def _episode(episode: Episode) -> str:
    from aovpn_remediate.reports.escape import one_line

    seen = f"{_moment(episode.first_seen)} to {_moment(episode.last_seen)}"
    what = f"{one_line(episode.found)}, should be {one_line(episode.wanted)}"
    if episode.ended is None:
        return f"{seen}  {what}"
    how = _ENDS.get(episode.how) or f"set right by run {one_line(episode.run)}"
    return f"{seen}  {what}; {how}, seen {_moment(episode.ended)}"


def _times(operator: str, number: int) -> str:
    from aovpn_remediate.reports.escape import one_line

    return f"{'once' if number == 1 else f'{number} times'} by {one_line(operator)}"


def _moment(at: float) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}Z"
