"""The lines that a batch writes, validated: a host may send anything."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from aovpn_remediate.engine.reading.facts import read_facts
from aovpn_remediate.errors import Disconnected, Unreadable
from aovpn_remediate.resources.base import Answer
from aovpn_remediate.results import Facts


class ErrorRecord(BaseModel):
    """What PowerShell said: the FullyQualifiedErrorId without the command's name, and where."""

    model_config = ConfigDict(strict=True, frozen=True)

    id: str = ""
    message: str = ""
    at: str = ""

    def __str__(self) -> str:
        where = " ".join(self.at.split())
        return f"{self.message} ({where})" if where else self.message


class Record(BaseModel):
    """One step as read or set; `before` and `after` are the state as text of JSON."""

    model_config = ConfigDict(strict=True, frozen=True)

    id: str
    ok: bool
    before: str | None = None
    after: str | None = None
    time: str | None = None
    error: ErrorRecord | None = None

    @property
    def before_answer(self) -> Answer:
        """What was there; raises `Unreadable` with what PowerShell said."""
        if self.before is None:
            raise Unreadable(str(self.error or "the host did not say what is there"))
        return _answer(self.before)

    @property
    def after_answer(self) -> Answer:
        """What was there after the Set; raises `Unreadable`."""
        if self.after is None:
            raise Unreadable("the host did not say what was there after the change")
        return _answer(self.after)


class RestartRecord(BaseModel):
    """A service or `reboot`; `was` and `now` are states of the service."""

    model_config = ConfigDict(strict=True, frozen=True)

    what: str
    ok: bool
    was: str | None = None
    now: str | None = None
    error: ErrorRecord | None = None


Line = Record | RestartRecord | Facts


def _answer(text: str) -> Answer:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("the host answered no JSON") from None


def parse(lines: Iterable[str], *, host: str) -> Iterator[Line]:
    """Each line as what it is; raises `Disconnected` for one that no batch of ours writes."""
    for line in lines:
        try:
            yield _line(json.loads(line))
        except (ValueError, RecursionError, TypeError, LookupError, ValidationError):
            raise Disconnected(host, f"the host wrote what is no record: {line[:80]!r}") from None


def _line(data: dict[str, Any]) -> Line:
    if "facts" in data:
        return read_facts(data["facts"])
    for verb in ("restart", "start"):
        if verb in data:
            return RestartRecord.model_validate(
                {"what": data[verb], **{k: v for k, v in data.items() if k != verb}}
            )
    return Record.model_validate(data)
