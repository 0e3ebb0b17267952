"""Texts as the two PowerShells print them: JSON and times."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

_ENCODE = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode

# Windows PowerShell escapes what could end a script element; the prologue makes the rest ASCII.
_ESCAPED = {"5.1": re.compile("['<>&\x7f]"), "7": re.compile("\x7f")}


def json_text(engine: str, value: Any) -> str:
    """What ConvertTo-AovpnText of that engine prints of the value: compact, in ASCII."""
    return _ESCAPED[engine].sub(_escape, _ENCODE(value))


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"


def time_text(moment: datetime) -> str:
    """The moment in UTC as .NET's format `o` prints it, with seven decimals."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"
