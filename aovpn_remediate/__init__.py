"""Finds and repairs the known faults of Always On VPN servers over WinRM."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aovpn_remediate.api.apply import apply, resume, rollback
    from aovpn_remediate.api.audit import audit
    from aovpn_remediate.api.certificates import inspect_certificate, inspect_certificates
    from aovpn_remediate.api.confirm import confirm
    from aovpn_remediate.api.doctor import examine
    from aovpn_remediate.api.history import runs, runs_to_roll_back, show
    from aovpn_remediate.api.plan import plan, render, verify, verify_run
    from aovpn_remediate.api.preview import preview_rollback
    from aovpn_remediate.api.profiles import CorrectedProfile, fix_profile, inspect_profile
    from aovpn_remediate.engine.control import Control, Stop
    from aovpn_remediate.engine.restart.drain import Drain
    from aovpn_remediate.engine.restart.host import Patience
    from aovpn_remediate.engine.rollout.options import Limit, Options
    from aovpn_remediate.errors import RemediateError
    from aovpn_remediate.inventory.loader import load_inventory
    from aovpn_remediate.inventory.model import Share
    from aovpn_remediate.journal.journal import Journal
    from aovpn_remediate.resources.restart import Restart
    from aovpn_remediate.results import Audit, Plan, Run, Verification
    from aovpn_remediate.results.certificates import CertificateReport
    from aovpn_remediate.results.examination import Diagnosis
    from aovpn_remediate.results.profiles import ProfileReport

_HOME = {
    "Audit": "results",
    "CertificateReport": "results.certificates",
    "Control": "engine.control",
    "CorrectedProfile": "api.profiles",
    "Diagnosis": "results.examination",
    "Drain": "engine.restart.drain",
    "Journal": "journal.journal",
    "Limit": "engine.rollout.options",
    "Options": "engine.rollout.options",
    "Patience": "engine.restart.host",
    "Plan": "results",
    "ProfileReport": "results.profiles",
    "RemediateError": "errors",
    "Restart": "resources.restart",
    "Run": "results",
    "Share": "inventory.model",
    "Stop": "engine.control",
    "Verification": "results",
    "apply": "api.apply",
    "audit": "api.audit",
    "confirm": "api.confirm",
    "examine": "api.doctor",
    "fix_profile": "api.profiles",
    "inspect_certificate": "api.certificates",
    "inspect_certificates": "api.certificates",
    "inspect_profile": "api.profiles",
    "load_inventory": "inventory.loader",
    "plan": "api.plan",
    "preview_rollback": "api.preview",
    "render": "api.plan",
    "resume": "api.apply",
    "rollback": "api.apply",
    "runs": "api.history",
    "runs_to_roll_back": "api.history",
    "show": "api.history",
    "verify": "api.plan",
    "verify_run": "api.plan",
}


def __getattr__(name: str) -> Any:
    """Import a name when it is first used: the command line's help needs none of them."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


__all__ = [
    "Audit",
    "CertificateReport",
    "Control",
    "CorrectedProfile",
    "Diagnosis",
    "Drain",
    "Journal",
    "Limit",
    "Options",
    "Patience",
    "Plan",
    "ProfileReport",
    "RemediateError",
    "Restart",
    "Run",
    "Share",
    "Stop",
    "Verification",
    "apply",
    "audit",
    "confirm",
    "examine",
    "fix_profile",
    "inspect_certificate",
    "inspect_certificates",
    "inspect_profile",
    "load_inventory",
    "plan",
    "preview_rollback",
    "render",
    "resume",
    "rollback",
    "runs",
    "runs_to_roll_back",
    "show",
    "verify",
    "verify_run",
]
