"""Finds and repairs the known faults of Always On VPN servers over WinRM."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aovpn_remediate.api import (
        apply,
        confirm,
        examine,
        plan,
        render,
        resume,
        rollback,
        runs,
        show,
        verify,
        verify_run,
    )
    from aovpn_remediate.doctor.results import Diagnosis
    from aovpn_remediate.door import Control
    from aovpn_remediate.engine.drain import Drain
    from aovpn_remediate.engine.fleet import Limit, Stop
    from aovpn_remediate.engine.journal import Journal
    from aovpn_remediate.engine.options import Options
    from aovpn_remediate.engine.restarts import Patience
    from aovpn_remediate.engine.results import Plan, Run, Verification
    from aovpn_remediate.errors import RemediateError
    from aovpn_remediate.inventory.loader import load_inventory
    from aovpn_remediate.inventory.model import Share
    from aovpn_remediate.resources.restart import Restart

_HOME = {
    "Control": "door",
    "Diagnosis": "doctor.results",
    "Drain": "engine.drain",
    "Journal": "engine.journal",
    "Limit": "engine.fleet",
    "Options": "engine.options",
    "Patience": "engine.restarts",
    "Plan": "engine.results",
    "RemediateError": "errors",
    "Restart": "resources.restart",
    "Run": "engine.results",
    "Share": "inventory.model",
    "Stop": "engine.fleet",
    "Verification": "engine.results",
    "load_inventory": "inventory.loader",
}


def __getattr__(name: str) -> Any:
    """Loaded when it is asked for: the command line's help needs none of it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME.get(name, 'api')}"), name)


__all__ = [
    "Control",
    "Diagnosis",
    "Drain",
    "Journal",
    "Limit",
    "Options",
    "Patience",
    "Plan",
    "RemediateError",
    "Restart",
    "Run",
    "Share",
    "Stop",
    "Verification",
    "apply",
    "confirm",
    "examine",
    "load_inventory",
    "plan",
    "render",
    "resume",
    "rollback",
    "runs",
    "show",
    "verify",
    "verify_run",
]
