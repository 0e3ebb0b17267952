"""The part of a plan that drift may apply, by the inventory's policy and its own options. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from aovpn_remediate.engine.plan.compare import resource_of
from aovpn_remediate.inventory.model import DriftPolicy
from aovpn_remediate.resources.restart import Restart
from aovpn_remediate.results import Action, HostPlan, Outstanding, PlannedStep
from aovpn_remediate.results.common import playbook_of

FixMode = Literal["none", "safe", "all"]
FIX_MODES: tuple[FixMode, ...] = get_args(FixMode)


@dataclass(frozen=True)
class FixOptions:
    """The changes that the options of `drift run` allow.

    `safe` allows changes that need no restart; `all` allows every change, and the restarts that
    `allow_restart` and `allow_reboot` name.
    """

    mode: FixMode = "none"
    allow_restart: bool = False
    allow_reboot: bool = False

    @property
    def permit(self) -> Restart:
        """The restarts that are allowed."""
        if self.mode != "all":
            return Restart()
        return Restart(self.allow_reboot, ("any",) if self.allow_restart else ())

    def allows_change(self, step: PlannedStep) -> bool:
        """Return True if the change of a step is allowed; one of high impact never is.

        Of some steps the restart is all there is.
        """
        if step.high_impact:
            return False
        if resource_of(step.resource).read_only and not self._permits(step.then):
            return False
        return self.mode == "all" or (self.mode == "safe" and not step.then)

    def _permits(self, restart: Restart) -> bool:
        permit = self.permit
        reboot = permit.reboot or not restart.reboot
        return reboot and bool(permit.services or not restart.services)

    def allows_restart(self, item: Outstanding) -> bool:
        """Return True if a pending restart is allowed and its need is proven."""
        permit = self.permit
        return item.proven and (permit.reboot if item.need == "reboot" else bool(permit.services))


def may_fix(policies: Iterable[DriftPolicy | None]) -> bool:
    """Return True if a policy says `fix` and none says `report`."""
    found = set(policies)
    return "fix" in found and "report" not in found


def to_fix(
    host: HostPlan,
    may_set: Callable[[str], bool],
    fix_options: FixOptions,
    report_only: frozenset[str] = frozenset(),
) -> HostPlan | None:
    """Return the part of a host's plan that drift may apply; None if there is nothing to apply.

    `may_set` returns True for a playbook that may be applied. `report_only` are the claims
    (`Resource.claims`) of playbooks that may not: a step of another playbook with the same claim is
    left out. A playbook with a step that could not be read is left out as a whole.
    """
    if host.error is not None:
        return None
    books = {book.name for book in host.playbooks if book.status == "applies"}
    books = {book for book in books if may_set(book)} - _unreadable(host)
    kept = [step for step in host.steps if playbook_of(step.id) in books]
    dropped = [
        step for step in kept if step.changes and not _is_set(step, fix_options, report_only)
    ]
    not_set = [s for s in kept if s.action is not Action.NONE and (s in dropped or not s.changes)]
    after = books - {playbook_of(step.id) for step in not_set}
    reduced = host.model_copy(
        update={
            "playbooks": tuple(book for book in host.playbooks if book.name in books),
            "before": tuple(check for check in host.before if playbook_of(check.id) in books),
            "steps": tuple(step for step in kept if step not in dropped),
            # An after-check may fail until every step of its playbook is set.
            "after": tuple(check for check in host.after if playbook_of(check.id) in after),
            "outstanding": tuple(
                item
                for item in host.outstanding
                if (item.down and books)
                or (playbook_of(item.step) in books and fix_options.allows_restart(item))
            ),
        }
    )
    if reduced.outstanding or any(step.changes for step in reduced.steps):
        return reduced
    return None


def _is_set(step: PlannedStep, fix_options: FixOptions, report_only: frozenset[str]) -> bool:
    return fix_options.allows_change(step) and report_only.isdisjoint(
        resource_of(step.resource).claims()
    )


def _unreadable(host: HostPlan) -> set[str]:
    return {playbook_of(step.id) for step in host.steps if not step.readable}
