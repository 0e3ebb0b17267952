"""What drift may set by itself: the part of a plan that policy and options allow. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from aovpn_remediate.engine.plan.compare import resource_of
from aovpn_remediate.inventory.model import DriftPolicy
from aovpn_remediate.resources.restart import Restart
from aovpn_remediate.results import Action, HostPlan, Outstanding, PlannedStep
from aovpn_remediate.results.common import playbook_of

Mode = Literal["none", "safe", "all"]
MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True)
class Fixing:
    """What whoever started drift allows it.

    `safe` sets what needs no restart; `all` also what does, and does the restarts that are allowed.
    """

    mode: Mode = "none"
    allow_restart: bool = False
    allow_reboot: bool = False

    @property
    def permit(self) -> Restart:
        """The restarts that may be done."""
        if self.mode != "all":
            return Restart()
        return Restart(self.allow_reboot, ("any",) if self.allow_restart else ())

    def sets(self, step: PlannedStep) -> bool:
        """Whether a change may be made."""
        return self.mode == "all" or (self.mode == "safe" and not step.then)

    def restarts(self, item: Outstanding) -> bool:
        """Whether a restart that an earlier change needs may be done."""
        permit = self.permit
        return item.proven and (permit.reboot if item.need == "reboot" else bool(permit.services))


def may_fix(said: Iterable[DriftPolicy | None]) -> bool:
    """What a playbook and the groups of a host come to: one `report` wins, silence is `report`."""
    opinions = set(said)
    return "fix" in opinions and "report" not in opinions


def to_fix(
    host: HostPlan,
    may_set: Callable[[str], bool],
    fixing: Fixing,
    guarded: frozenset[str] = frozenset(),
) -> HostPlan | None:
    """The part of a host's plan that is to be applied; None where there is nothing to do.

    `may_set` says so of a playbook. `guarded` are the things (`Resource.claims`) that others, which
    may not be set, ask for as well. A playbook that could not be read whole is left alone.
    """
    if host.error is not None:
        return None
    books = {book.name for book in host.playbooks if book.status == "applies"}
    books = {book for book in books if may_set(book)} - _unread(host)
    kept = [step for step in host.steps if playbook_of(step.id) in books]
    left = [step for step in kept if step.changes and not _is_set(step, fixing, guarded)]
    not_set = [s for s in kept if s.action is not Action.NONE and (s in left or not s.changes)]
    after = books - {playbook_of(step.id) for step in not_set}
    reduced = host.model_copy(
        update={
            "playbooks": tuple(book for book in host.playbooks if book.name in books),
            "before": tuple(check for check in host.before if playbook_of(check.id) in books),
            "steps": tuple(step for step in kept if step not in left),
            # While a step is left as it is, what would hold after it need not.
            "after": tuple(check for check in host.after if playbook_of(check.id) in after),
            "outstanding": tuple(
                item
                for item in host.outstanding
                if playbook_of(item.step) in books and fixing.restarts(item)
            ),
        }
    )
    if reduced.outstanding or any(step.changes for step in reduced.steps):
        return reduced
    return None


def _is_set(step: PlannedStep, fixing: Fixing, guarded: frozenset[str]) -> bool:
    return fixing.sets(step) and guarded.isdisjoint(resource_of(step.resource).claims())


def _unread(host: HostPlan) -> set[str]:
    return {playbook_of(step.id) for step in host.steps if not step.readable}
