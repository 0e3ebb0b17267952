"""Looking at many hosts: a plan of each, whatever comes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from aovpn_remediate.engine import event_log
from aovpn_remediate.engine.control import Stop
from aovpn_remediate.engine.parallel import in_parallel
from aovpn_remediate.engine.plan.catalog import Catalog
from aovpn_remediate.engine.plan.host import plan_host, unread
from aovpn_remediate.engine.reading.read import Reading, read
from aovpn_remediate.errors import RemediateError
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.results import HostPlan
from aovpn_remediate.results.plans import INTERRUPTED
from aovpn_remediate.transports.base import Session


def look(
    catalogs: Sequence[Catalog],
    connect: Callable[[Host], Session],
    *,
    workers: int,
    stop: Stop,
    watch: Callable[[str, str], None],
    judge: Callable[[Catalog, Reading], HostPlan] = plan_host,
) -> list[HostPlan]:
    """Every host, in order; one that cannot be read is in the result as such."""

    def visit(catalog: Catalog) -> HostPlan:
        watch(catalog.host.name, "reading")
        event_log.begun(catalog.host.name)
        found = _look_at(catalog, connect, judge)
        event_log.ended(found)
        watch(catalog.host.name, "failed" if found.failed else "done")
        return found

    for catalog in catalogs:
        watch(catalog.host.name, "waiting")
    results = in_parallel(catalogs, visit, workers=workers, stop=stop)
    return [
        plan or unread(catalog.host, "not read: interrupted", INTERRUPTED)
        for catalog, plan in zip(catalogs, results, strict=True)
    ]


def _look_at(
    catalog: Catalog,
    connect: Callable[[Host], Session],
    judge: Callable[[Catalog, Reading], HostPlan],
) -> HostPlan:
    began = time.monotonic()
    requests = 0
    try:
        with connect(catalog.host) as session:
            found = read(session, catalog.host, catalog.reads, catalog.services)
        requests = session.telemetry.requests
        plan = judge(catalog, found)
    except RemediateError as error:
        plan = unread(catalog.host, str(error), type(error).__name__)
    cost = {"seconds": round(time.monotonic() - began, 3), "requests": requests}
    return plan.model_copy(update=cost)
