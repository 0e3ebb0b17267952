"""The verification of a run: each changed step as the run left it, and as it is now. Pure."""

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
    run: Run, hosts: Mapping[str, Host], needs: Mapping[str, Sequence[Need]]
) -> list[Catalog]:
    """Return a catalog for each host where a run changed steps, with its pending restarts."""
    return [
        Catalog(
            host=hosts[host.host],
            playbooks=(_as_playbook(run, host),),
            needs=tuple(needs.get(host.host, ())),
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
    """Compare the changed steps of a host with how the run left them."""
    [host] = [host for host in run.hosts if host.host == catalog.host.name]
    left = {step.id: step for step in host.steps}
    [playbook] = catalog.playbooks
    return HostPlan(
        host=catalog.host.name,
        address=catalog.host.address,
        groups=catalog.host.groups,
        facts=found.facts,
        warnings=warnings(catalog.host),
        steps=tuple(_verify(left[step.id], step, found) for step in playbook.steps),
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
    is_held = action is Action.NONE
    return PlannedStep(
        id=left.id,
        title=left.title,
        resource=left.resource,
        action=action,
        before=state,
        after=left.after,
        before_text=resource.show(state),
        after_text=resource.show(left.after),
        reason="" if is_held else "it has changed since the run",
        declared=step.then,
        then=step.then if is_held else left.then,
    )
