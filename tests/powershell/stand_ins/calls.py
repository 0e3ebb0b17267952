"""Calls of stand-in commands, and what they answer."""

from __future__ import annotations

from typing import Any

from tests.powershell.host import EngineHost


def said(host: EngineHost, script: str) -> Any:
    """What a command gives, as JSON; names of enumerations as text."""
    return host.record(f"ConvertTo-Json -Compress -Depth 5 -EnumsAsStrings ({script})")


def refused(host: EngineHost, script: str) -> list[str]:
    """The id and the text of the error that a command ends with when told to stop."""
    told = "ConvertTo-Json -Compress @($_.FullyQualifiedErrorId, $_.Exception.Message)"
    text: list[str] = host.record(f"try {{ {script} -ErrorAction Stop }} catch {{ {told} }}")
    return text
