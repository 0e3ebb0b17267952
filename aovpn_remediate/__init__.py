"""Finds and repairs the known faults of Always On VPN servers over WinRM."""

from __future__ import annotations

from aovpn_remediate.api import (
    Control,
    apply,
    plan,
    render,
    rollback,
    runs,
    show,
    verify,
    verify_run,
)
from aovpn_remediate.engine.fleet import Limit, Stop
from aovpn_remediate.engine.journal import Journal
from aovpn_remediate.engine.restarts import Patience
from aovpn_remediate.engine.results import Plan, Run, Verification
from aovpn_remediate.engine.runs import Options
from aovpn_remediate.errors import RemediateError
from aovpn_remediate.inventory.loader import load_inventory
from aovpn_remediate.resources.restart import Restart

__all__ = [
    "Control",
    "Journal",
    "Limit",
    "Options",
    "Patience",
    "Plan",
    "RemediateError",
    "Restart",
    "Run",
    "Stop",
    "Verification",
    "apply",
    "load_inventory",
    "plan",
    "render",
    "rollback",
    "runs",
    "show",
    "verify",
    "verify_run",
]
