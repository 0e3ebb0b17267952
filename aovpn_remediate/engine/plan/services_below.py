"""The services of a program, which a step restarts without naming them: found on the host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aovpn_remediate.playbook.model import Step
from aovpn_remediate.resources.restart import Restart
from aovpn_remediate.results import Facts, PlannedStep


def with_services(step: Step, facts: Facts) -> Step:
    """Return the step with the names of the services that its restart means on a host."""
    then = step.then
    if not then.below:
        return step
    found = tuple(name for place in then.below for name in facts.below.get(place, ()))
    unknown = tuple(place for place in then.below if place not in facts.below)
    named = replace(then, below=unknown) | Restart(services=found)
    return replace(step, then=named)


def unread(steps: Sequence[PlannedStep], facts: Facts) -> tuple[str, ...]:
    """Return a warning for each folder whose services a change needs, and which is not known."""
    places = dict.fromkeys(place for step in steps for place in step.then.below)
    return tuple(
        f"the services in the folder {place} could not be read "
        f"({facts.unknown.get(f'below.{place}', 'the host did not report them')}): restart them by "
        "hand after the change"
        for place in places
    )
