"""The documents that are reported, and the ids in them."""

from __future__ import annotations

from collections.abc import Iterable

from aovpn_remediate.results import HostPlan, HostRun, Plan, Run, Verification
from aovpn_remediate.results.common import playbook_of

Document = Plan | Run | Verification


def short_id(item: str) -> str:
    """Return an id without its playbook, and of a check the part alone: `after` of `b/after[0]`."""
    _, _, rest = item.partition("/")
    name, bracket, _ = rest.partition("[")
    return name if bracket and name in ("before", "after") else rest or item


def playbooks_on(host: HostPlan | HostRun) -> tuple[str, ...]:
    """List the playbooks of a host in the order of the document."""
    names = [book.name for book in host.playbooks]
    items: Iterable[str] = (item.id for part in (host.steps, host.after) for item in part)
    return tuple(dict.fromkeys([*names, *map(playbook_of, items)]))


def has_several_playbooks(document: Document) -> bool:
    """Return True if ids have to be shown with their playbook."""
    return len({name for host in document.hosts for name in playbooks_on(host)}) > 1
