"""One event, however it was exported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Event:
    """An event of a Windows log. `named` and `data` hold its fields by name and by position."""

    provider: str
    id: int
    at: datetime | None = None
    host: str = ""
    named: Mapping[str, str] = field(default_factory=dict)
    data: tuple[str, ...] = ()
    binary: str = ""
    text: str = ""
    """The message in the language of the host, if the file has it: only fixed tokens count."""
