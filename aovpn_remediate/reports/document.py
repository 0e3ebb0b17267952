"""What is reported: the three documents, and how the ids in them are read."""

from __future__ import annotations

from collections.abc import Iterable

from aovpn_remediate.results import HostPlan, HostRun, Plan, Run, Verification
from aovpn_remediate.results.common import playbook_of

Document = Plan | Run | Verification


def short_id(item: str) -> str:
    """The id without its playbook; a check is called after its part: `after` of `book/after[0]`."""
    _, _, rest = item.partition("/")
    name, bracket, _ = rest.partition("[")
    return name if bracket and name in ("before", "after") else rest or item


def playbooks_on(host: HostPlan | HostRun) -> tuple[str, ...]:
    """Every playbook of a host, in the order of the document."""
    names = [book.name for book in host.playbooks]
    items: Iterable[str] = (item.id for part in (host.steps, host.after) for item in part)
    return tuple(dict.fromkeys([*names, *map(playbook_of, items)]))


def has_several_playbooks(document: Document) -> bool:
    """Whether a step's id alone does not say which playbook it is of."""
    return len({name for host in document.hosts for name in playbooks_on(host)}) > 1
