"""Accepted deviations (waivers) in a plan: shown as such, not changed, and no failure. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from aovpn_remediate.inventory.waivers import Waiver
from aovpn_remediate.results import Action, Audit, HostPlan, Plan, PlannedStep, Verification

Document = TypeVar("Document", Plan, Verification, Audit)


def waive(document: Document, waivers: Sequence[Waiver]) -> Document:
    """Return the document with its waived steps marked, and the waivers that were not needed.

    A step that could not be read is never waived. A step that is waived already stays so.
    """
    if not (waivers or document.unused_waivers):
        return document
    hosts = tuple(waive_host(host, waivers) for host in document.hosts)
    unused = tuple(_unused(document.hosts, waivers))
    return document.model_copy(update={"hosts": hosts, "unused_waivers": unused})


def waive_host(host: HostPlan, waivers: Sequence[Waiver]) -> HostPlan:
    """Return the plan of a host with its waived steps marked, each by the first waiver for it."""
    covering = [waiver for waiver in waivers if waiver.covers_host(host.host, host.groups)]
    steps = tuple(_waived(step, covering) for step in host.steps)
    return host.model_copy(update={"steps": steps})


def _waived(step: PlannedStep, waivers: Sequence[Waiver]) -> PlannedStep:
    waiver = next((waiver for waiver in waivers if waiver.covers_step(step.id)), None)
    if waiver is None or not _differs(step):
        return step
    return step.model_copy(update={"waived": str(waiver)})


def _differs(step: PlannedStep) -> bool:
    return step.readable and step.action is not Action.NONE


def _unused(hosts: Sequence[HostPlan], waivers: Sequence[Waiver]) -> Iterator[str]:
    """Yield the waivers whose steps were read on all of their hosts and are compliant."""
    for waiver in waivers:
        covered = [host for host in hosts if waiver.covers_host(host.host, host.groups)]
        steps = [step for host in covered for step in host.steps]
        is_in_use = any(waiver.covers_playbook(step.id) for step in steps)
        is_unread = any(host.error is not None for host in covered)
        named = (step for step in steps if waiver.covers_step(step.id))
        if is_in_use and not is_unread and all(_is_compliant(step) for step in named):
            where = waiver.host or waiver.group
            yield f"{waiver.ticket}: nothing differs on {where} in {waiver.step}"


def _is_compliant(step: PlannedStep) -> bool:
    return step.readable and not _differs(step)
