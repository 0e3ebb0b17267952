"""A text of any units, and the error of a script."""

from __future__ import annotations

from typing import Any

from tests.powershell.host import EngineHost


def text_of(*units: int) -> str:
    """A PowerShell expression of a text with these UTF-16 units."""
    return f"(-join [char[]] @({', '.join(map(str, units))}))"


def error_of(engine: EngineHost, script: str, arrange: str = "") -> Any:
    """The error that `ConvertTo-AovpnError` makes of what a script throws."""
    caught = "ConvertTo-Json (ConvertTo-AovpnError $_) -Compress"
    return engine.record(f"{arrange}\ntry {{ {script} }} catch {{ {caught} }}")
