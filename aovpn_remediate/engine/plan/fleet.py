"""Reading many hosts at once: a plan of each, also of those that could not be read."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from aovpn_remediate.engine import event_log
from aovpn_remediate.engine.control import Stop
from aovpn_remediate.engine.parallel import in_parallel
from aovpn_remediate.engine.plan.catalog import Catalog
from aovpn_remediate.engine.plan.host import plan_host, unread
from aovpn_remediate.engine.reading.identity import clones, refusals
from aovpn_remediate.engine.reading.read import Reading, read
from aovpn_remediate.errors import error_of_host
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.results import HostPlan
from aovpn_remediate.results.plans import INTERRUPTED
from aovpn_remediate.transports.base import Session

SAME_SERVER = "SameServer"
"""The kind of error of a host that is in the inventory under another name as well."""


def plan_hosts(
    catalogs: Sequence[Catalog],
    connect: Callable[[Host], Session],
    *,
    workers: int,
    stop: Stop,
    watch: Callable[[str, str], None],
    compare: Callable[[Catalog, Reading], HostPlan] = plan_host,
) -> list[HostPlan]:
    """Read every host and compare it with its catalog, in order.

    A host that could not be read is in the result with the reason.
    """

    def plan_one(catalog: Catalog) -> HostPlan:
        watch(catalog.host.name, "reading")
        event_log.begun(catalog.host.name)
        plan = _plan_one(catalog, connect, compare)
        event_log.ended(plan)
        watch(catalog.host.name, "failed" if plan.failed else "done")
        return plan

    for catalog in catalogs:
        watch(catalog.host.name, "waiting")
    plans = in_parallel(catalogs, plan_one, workers=workers, stop=stop)
    read_or_not = [
        plan or unread(catalog.host, "not read: interrupted", INTERRUPTED)
        for catalog, plan in zip(catalogs, plans, strict=True)
    ]
    return _refuse_twins(catalogs, read_or_not)


def _refuse_twins(catalogs: Sequence[Catalog], plans: Sequence[HostPlan]) -> list[HostPlan]:
    """Refuse hosts that are one server: each would be set and restarted as if it were alone."""
    facts = {plan.host: plan.facts for plan in plans if plan.error is None}
    same, alike = refusals(facts), clones(facts)
    found = []
    for catalog, plan in zip(catalogs, plans, strict=True):
        if plan.host in same:
            refused = unread(catalog.host, same[plan.host], SAME_SERVER)
            cost = {"facts": plan.facts, "seconds": plan.seconds, "requests": plan.requests}
            found.append(refused.model_copy(update=cost))
        elif plan.host in alike:
            found.append(plan.model_copy(update={"warnings": (*plan.warnings, alike[plan.host])}))
        else:
            found.append(plan)
    return found


def _plan_one(
    catalog: Catalog,
    connect: Callable[[Host], Session],
    compare: Callable[[Catalog, Reading], HostPlan],
) -> HostPlan:
    began = time.monotonic()
    requests = 0
    try:
        with connect(catalog.host) as session:
            found = read(session, catalog.host, catalog.reads, catalog.services)
        requests = session.telemetry.requests
        plan = compare(catalog, found)
    except Exception as raised:  # noqa: BLE001 - the other hosts go on
        error = error_of_host(raised)
        plan = unread(catalog.host, str(error), type(error).__name__)
    cost = {"seconds": round(time.monotonic() - began, 3), "requests": requests}
    return plan.model_copy(update=cost)
