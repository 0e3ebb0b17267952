"""The documents that are reported, and the ids in them."""

from __future__ import annotations

from aovpn_remediate.results import Audit, Plan, Run, Verification

Document = Plan | Run | Verification | Audit


def short_id(item: str) -> str:
    """Return an id without its playbook, and of a check the part alone: `after` of `b/after[0]`."""
    _, _, rest = item.partition("/")
    name, bracket, _ = rest.partition("[")
    return name if bracket and name in ("before", "after") else rest or item
