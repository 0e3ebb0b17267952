"""One reading of a host: a pipeline, and every record that it has to return."""

from __future__ import annotations

from collections.abc import Iterable

from aovpn_remediate.engine.reading.records import Line, Record, parse
from aovpn_remediate.errors import Disconnected
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.rendering.batch import Readable, reading
from aovpn_remediate.results import Facts
from aovpn_remediate.transports.base import Session


def read(
    session: Session, host: Host, reads: tuple[Readable, ...], services: tuple[str, ...]
) -> Reading:
    """Read a host in one pipeline: its facts, and a record of each. Raises `TransportError`."""
    lines = session.run(reading(reads, services), seconds=host.connection.deadline)
    return gather(
        parse(lines, host=host.name), host=host.name, expected=[item.id for item in reads]
    )


class Reading:
    """The facts of a host, and the records of a batch by the id of the step or check."""

    def __init__(self, facts: Facts, records: dict[str, Record]) -> None:
        self.facts = facts
        self.records = records

    def __getitem__(self, step: str) -> Record:
        return self.records[step]


def gather(lines: Iterable[Line], *, host: str, expected: Iterable[str]) -> Reading:
    """Return a complete reading. Raises `Disconnected` for missing or repeated records."""
    facts: Facts | None = None
    records: dict[str, Record] = {}
    for line in lines:
        if isinstance(line, Facts):
            if facts is not None:
                raise Disconnected(host, "the host sent its facts twice")
            facts = line
        elif isinstance(line, Record):
            if line.id in records:
                raise Disconnected(host, f"the host sent two records of {line.id}")
            records[line.id] = line
    missing = [step for step in expected if step not in records]
    if facts is None or missing:
        what = f"record of {missing[0]}" if missing else "facts"
        raise Disconnected(host, f"the answer is incomplete: the host sent no {what}")
    return Reading(facts, records)
