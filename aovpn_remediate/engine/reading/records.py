"""Records: the lines that a batch writes on a host, validated, as a host may send anything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from aovpn_remediate.engine import event_log
from aovpn_remediate.engine.reading.facts import read_facts
from aovpn_remediate.errors import Disconnected, Unreadable
from aovpn_remediate.resources.base import Answer
from aovpn_remediate.results import Facts

_PLACE = re.compile(r"\bline:(\d+) char:(\d+)")


class ErrorRecord(BaseModel):
    """An error of PowerShell: its FullyQualifiedErrorId without the command's name, and place."""

    model_config = ConfigDict(strict=True, frozen=True)

    id: str = ""
    message: str = ""
    at: str = ""

    def __str__(self) -> str:
        return " ".join(self.message.split())

    @property
    def place(self) -> str:
        """The line and character of the script, without its text, which may hold a value."""
        found = _PLACE.search(self.at)
        return f"{found[1]}:{found[2]}" if found else ""


class Record(BaseModel):
    """A step as read or set; `before` and `after` are answers as JSON text."""

    model_config = ConfigDict(strict=True, frozen=True)

    id: str
    ok: bool
    before: str | None = None
    after: str | None = None
    time: str | None = None
    error: ErrorRecord | None = None

    @property
    def before_answer(self) -> Answer:
        """The answer before a change. Raises `Unreadable` with the error of PowerShell."""
        if self.before is None:
            raise Unreadable(str(self.error or "the host sent no state"))
        return _answer(self.before)

    @property
    def after_answer(self) -> Answer:
        """The answer after the Set. Raises `Unreadable`."""
        if self.after is None:
            raise Unreadable("the host sent no state after the change")
        return _answer(self.after)


class RestartRecord(BaseModel):
    """The restart of a service, or `reboot`; `was` and `now` are states of the service.

    `down` are the services that ran before it, the service or those that depend on it, and do not
    run afterwards.
    """

    model_config = ConfigDict(strict=True, frozen=True)

    what: str
    ok: bool
    was: str | None = None
    now: str | None = None
    down: list[str] = []
    error: ErrorRecord | None = None


Line = Record | RestartRecord | Facts


def _answer(text: str) -> Answer:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("the host sent invalid JSON") from None


def parse(lines: Iterable[str], *, host: str) -> Iterator[Line]:
    """Yield each line as a record or facts. Raises `Disconnected` for any other line."""
    for line in lines:
        try:
            found = _line(json.loads(line))
        except (ValueError, RecursionError, TypeError, LookupError, ValidationError):
            raise Disconnected(host, f"the host sent an invalid record: {line[:80]!r}") from None
        if not isinstance(found, Facts) and found.error is not None:
            name = found.what if isinstance(found, RestartRecord) else found.id
            event_log.fault(host, name, error=found.error.id, place=found.error.place)
        yield found


def _line(data: dict[str, Any]) -> Line:
    if "facts" in data:
        return read_facts(data["facts"])
    for verb in ("restart", "start"):
        if verb in data:
            return RestartRecord.model_validate(
                {"what": data[verb], **{k: v for k, v in data.items() if k != verb}}
            )
    return Record.model_validate(data)
