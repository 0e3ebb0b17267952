"""Whether what a run set still holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aovpn_remediate.engine.plan.catalog import Catalog
from aovpn_remediate.engine.plan.compare import action_of, resource_of
from aovpn_remediate.engine.plan.host import warnings
from aovpn_remediate.engine.reading.read import Reading
from aovpn_remediate.engine.reading.restart_needs import open_needs
from aovpn_remediate.errors import Unreadable
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.journal.leftovers import Need
from aovpn_remediate.playbook.model import Playbook, Step
from aovpn_remediate.results import Action, HostPlan, HostRun, PlannedStep, Run, StepRun


def catalogs_of_run(
    run: Run, hosts: Mapping[str, Host], left: Mapping[str, Sequence[Need]]
) -> list[Catalog]:
    """What has to be read to verify a run: the steps that it changed."""
    return [
        Catalog(
            host=hosts[host.host],
            playbooks=(_as_playbook(run, host),),
            needs=tuple(left.get(host.host, ())),
        )
        for host in run.hosts
        if host.host in hosts and any(step.status == "changed" for step in host.steps)
    ]


def _as_playbook(run: Run, host: HostRun) -> Playbook:
    steps = tuple(
        Step(step.id, resource_of(step.resource), step.declared)
        for step in host.steps
        if step.status == "changed"
    )
    return Playbook(name=run.id, summary="", hosts="", steps=steps)


def verify_host(run: Run, catalog: Catalog, found: Reading) -> HostPlan:
    """Each changed step as the run left it and as it is now. Pure."""
    [host] = [host for host in run.hosts if host.host == catalog.host.name]
    left = {step.id: step for step in host.steps}
    [book] = catalog.playbooks
    return HostPlan(
        host=catalog.host.name,
        address=catalog.host.address,
        groups=catalog.host.groups,
        facts=found.facts,
        warnings=warnings(catalog.host),
        steps=tuple(_verify(left[step.id], step, found) for step in book.steps),
        outstanding=open_needs(catalog.needs, found.facts),
    )


def _verify(left: StepRun, step: Step, found: Reading) -> PlannedStep:
    resource = step.resource
    try:
        state = resource.normalise(found[step.id].before_answer)
    except Unreadable as error:
        return PlannedStep(
            id=left.id,
            title=left.title,
            resource=left.resource,
            readable=False,
            reason=str(error),
        )
    action = action_of(resource, state, left.after)
    held = action is Action.NONE
    return PlannedStep(
        id=left.id,
        title=left.title,
        resource=left.resource,
        action=action,
        before=state,
        after=left.after,
        before_text=resource.show(state),
        after_text=resource.show(left.after),
        reason="" if held else "it is no more as the run left it",
        declared=step.then,
        then=left.then if not held else step.then,
    )
