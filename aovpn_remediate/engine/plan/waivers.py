"""Differences that waivers bear: shown as such, not changed, and no failure. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from aovpn_remediate.inventory.waivers import Waiver
from aovpn_remediate.results import Action, HostPlan, Plan, PlannedStep, Verification

Looked = TypeVar("Looked", Plan, Verification)


def waive(document: Looked, waivers: Sequence[Waiver]) -> Looked:
    """The document with what is waived in it, and the waivers that it had no use for.

    What cannot be read is never waived. What a plan has waived already stays so.
    """
    hosts = tuple(waive_host(host, waivers) for host in document.hosts)
    unused = tuple(_unused(document.hosts, waivers))
    return document.model_copy(update={"hosts": hosts, "unused_waivers": unused})


def waive_host(host: HostPlan, waivers: Sequence[Waiver]) -> HostPlan:
    """Of several waivers the first in the file is named."""
    mine = [waiver for waiver in waivers if waiver.covers_host(host.host, host.groups)]
    steps = tuple(_waived(step, mine) for step in host.steps)
    return host.model_copy(update={"steps": steps})


def _waived(step: PlannedStep, waivers: Sequence[Waiver]) -> PlannedStep:
    waiver = next((waiver for waiver in waivers if waiver.covers_step(step.id)), None)
    if waiver is None or not _differs(step):
        return step
    return step.model_copy(update={"waived": str(waiver)})


def _differs(step: PlannedStep) -> bool:
    return step.readable and step.action is not Action.NONE


def _unused(hosts: Sequence[HostPlan], waivers: Sequence[Waiver]) -> Iterator[str]:
    """Waivers of playbooks and hosts that were looked at, all of them as wanted."""
    for waiver in waivers:
        mine = [host for host in hosts if waiver.covers_host(host.host, host.groups)]
        steps = [step for host in mine for step in host.steps]
        asked = any(waiver.covers_playbook(step.id) for step in steps)
        untold = any(host.error is not None for host in mine)
        named = (step for step in steps if waiver.covers_step(step.id))
        if asked and not untold and not any(_differs(s) or not s.readable for s in named):
            where = waiver.host or waiver.group
            yield f"{waiver.ticket}: nothing differs on {where} in {waiver.step}"
