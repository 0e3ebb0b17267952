"""JSON and times as the two versions of PowerShell print them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

_ENCODE = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode

# Windows PowerShell escapes characters that are special in HTML; the prologue escapes the rest.
_ESCAPED = {"5.1": re.compile("['<>&\x7f]"), "7": re.compile("\x7f")}


def json_text(engine: str, value: Any) -> str:
    """Return the value as ConvertTo-AovpnText of this PowerShell prints it: compact ASCII."""
    return _ESCAPED[engine].sub(_escape, _ENCODE(value))


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"


def time_text(moment: datetime) -> str:
    """Return a time in UTC in the format `o` of .NET, with seven decimals."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"
