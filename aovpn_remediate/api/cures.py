"""The playbooks of causes on the hosts of a fleet: who has already what they set? Read only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from aovpn_remediate.engine.connect import Connector
from aovpn_remediate.engine.control import Control
from aovpn_remediate.engine.plan.audit import concerns, untold_books
from aovpn_remediate.engine.plan.catalog import Catalog, resolved_catalogs
from aovpn_remediate.engine.plan.fleet import plan_hosts
from aovpn_remediate.engine.reading.fleet_events import HostEvents
from aovpn_remediate.errors import RemediateError
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.playbook.loader import PlaybookFile, load_playbook
from aovpn_remediate.results import HostPlan
from aovpn_remediate.results.symptoms import Cause, Certainty, CureOnHost


def with_cures(
    causes: Sequence[Cause],
    read: Iterable[HostEvents],
    connector: Connector,
    *,
    workers: int,
    control: Control,
) -> list[Cause]:
    """Return causes with the state of the hosts that their playbooks are for.

    Only the playbooks of causes that are proven or likely are read.
    """
    names = dict.fromkeys(cause.playbook for cause in causes if _is_suspected(cause))
    hosts = [host for host in read if not host.error]
    states = {
        name: tuple(_states(load_playbook(name), hosts, connector, workers, control))
        for name in names
        if not control.stop.begin_no_more.is_set()
    }
    return [
        cause.model_copy(update={"hosts": states.get(cause.playbook, ())})
        if _is_suspected(cause)
        else cause
        for cause in causes
    ]


def _is_suspected(cause: Cause) -> bool:
    return bool(cause.playbook) and cause.certainty is not Certainty.POSSIBLE


def _states(
    file: PlaybookFile,
    hosts: Sequence[HostEvents],
    connector: Connector,
    workers: int,
    control: Control,
) -> Iterator[CureOnHost]:
    asked = []
    for one in hosts:
        if concerns(file, one.facts, one.host.groups):
            lacking = next(untold_books([file], one.host.vars), None)
            if lacking is None:
                asked.append(one.host)
            else:
                yield CureOnHost(host=one.host.name, state="unknown", reason=lacking.reason)
    try:
        catalogs = _catalogs(file, asked)
    except RemediateError as error:
        for host in asked:
            yield CureOnHost(host=host.name, state="unknown", reason=str(error))
        return
    plans = plan_hosts(
        catalogs, connector.session, workers=workers, stop=control.stop, watch=control.watch
    )
    for plan in plans:
        yield from _state(plan)


def _catalogs(file: PlaybookFile, hosts: Sequence[Host]) -> list[Catalog]:
    return resolved_catalogs([(host, [file]) for host in hosts], {})


def _state(plan: HostPlan) -> Iterator[CureOnHost]:
    if plan.error is not None:
        yield CureOnHost(host=plan.host, state="unknown", reason=plan.error)
        return
    [book] = plan.playbooks
    if book.status == "not_applicable":
        return
    if plan.failed:
        why = book.reason or next(
            (step.reason for step in plan.steps if not step.readable), "a check could not be read"
        )
        yield CureOnHost(host=plan.host, state="unknown", reason=why)
        return
    yield CureOnHost(host=plan.host, state="differs" if plan.differs else "compliant")
