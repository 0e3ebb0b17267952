"""Audits: the facts of each host first, then what the playbooks of its roles have to read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from aovpn_remediate.engine.plan.catalog import Catalog, resolved_catalogs, with_leftovers
from aovpn_remediate.engine.reading.facts import applicability
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.journal.journal import Journal
from aovpn_remediate.playbook.loader import PlaybookFile
from aovpn_remediate.playbook.model import Applies
from aovpn_remediate.playbook.variables import merge_variables
from aovpn_remediate.results import Facts, HostPlan, PlaybookOnHost

Read = Callable[[Sequence[Catalog]], list[HostPlan]]
"""Reads hosts and compares each with its catalog, in order."""


def audit_hosts(
    hosts: Sequence[Host],
    files: Sequence[PlaybookFile],
    variables: Mapping[str, Any],
    journal: Journal,
    read: Read,
) -> list[HostPlan]:
    """Return each host as read, in order, compared with the playbooks whose role it has.

    Raises `InputError` for a variable that a playbook does not take.
    """
    plans = {plan.host: plan for plan in read([Catalog(host) for host in hosts])}
    asked: list[tuple[Host, list[PlaybookFile]]] = []
    untold: dict[str, tuple[PlaybookOnHost, ...]] = {}
    for host in hosts:
        plan = plans[host.name]
        if plan.error is None:
            of_roles = [file for file in files if concerns(file, plan.facts, plan.groups)]
            values = merge_variables(host.vars, variables)
            untold[host.name] = tuple(untold_books(of_roles, values))
            lacking = {book.name for book in untold[host.name]}
            asked.append((host, [file for file in of_roles if file.name not in lacking]))
    catalogs = with_leftovers(resolved_catalogs(asked, variables), journal)
    for plan in read(catalogs):
        plans[plan.host] = _with_cost_of(plan, plans[plan.host])
    return [_with_untold(plans[host.name], untold.get(host.name, ())) for host in hosts]


def concerns(file: PlaybookFile, facts: Facts, groups: Collection[str]) -> bool:
    """Return True for a host of its role, or one that may have no role yet and is of its group."""
    role = file.header.applies.role
    if role is None:
        return file.role in groups
    return applicability(file.name, Applies(role=role), facts).status != "not_applicable"


def untold_books(
    files: Sequence[PlaybookFile], values: Mapping[str, Any]
) -> Iterator[PlaybookOnHost]:
    """Return the playbooks that need a variable which is given nowhere."""
    for file in files:
        if missing := sorted(file.needs() - set(values)):
            reason = f"give {', '.join(missing)} in the inventory or with -e"
            yield PlaybookOnHost(name=file.name, status="unknown", reason=reason)


def _with_untold(plan: HostPlan, untold: tuple[PlaybookOnHost, ...]) -> HostPlan:
    return plan.model_copy(update={"playbooks": (*plan.playbooks, *untold)}) if untold else plan


def _with_cost_of(plan: HostPlan, first: HostPlan) -> HostPlan:
    """Return a plan with what the reading of the facts has cost as well."""
    seconds = round(plan.seconds + first.seconds, 3)
    return plan.model_copy(update={"seconds": seconds, "requests": plan.requests + first.requests})
