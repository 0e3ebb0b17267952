"""Looking at many hosts: a plan of each, whatever comes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from aovpn_remediate.engine import event_log
from aovpn_remediate.engine.control import Stop
from aovpn_remediate.engine.parallel import in_parallel
from aovpn_remediate.engine.plan.catalog import Work
from aovpn_remediate.engine.plan.host import plan_host, unread
from aovpn_remediate.engine.reading.read import Reading, read
from aovpn_remediate.errors import RemediateError
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.results import HostPlan
from aovpn_remediate.transports.base import Session


def look(
    works: Sequence[Work],
    connect: Callable[[Host], Session],
    *,
    workers: int,
    stop: Stop,
    watch: Callable[[str, str], None],
    judge: Callable[[Work, Reading], HostPlan] = plan_host,
) -> list[HostPlan]:
    """Every host, in order; one that cannot be read is in the result as such."""

    def visit(work: Work) -> HostPlan:
        watch(work.host.name, "reading")
        event_log.begun(work.host.name)
        found = _look_at(work, connect, judge)
        event_log.ended(found)
        watch(work.host.name, "failed" if found.failed else "done")
        return found

    for work in works:
        watch(work.host.name, "waiting")
    results = in_parallel(works, visit, workers=workers, stop=stop)
    return [
        plan or unread(work.host, "not read: interrupted", "Interrupted")
        for work, plan in zip(works, results, strict=True)
    ]


def _look_at(
    work: Work,
    connect: Callable[[Host], Session],
    judge: Callable[[Work, Reading], HostPlan],
) -> HostPlan:
    began = time.monotonic()
    requests = 0
    try:
        with connect(work.host) as session:
            found = read(session, work.host, work.reads, work.services)
        requests = session.telemetry.requests
        plan = judge(work, found)
    except RemediateError as error:
        plan = unread(work.host, str(error), type(error).__name__)
    cost = {"seconds": round(time.monotonic() - began, 3), "requests": requests}
    return plan.model_copy(update=cost)
