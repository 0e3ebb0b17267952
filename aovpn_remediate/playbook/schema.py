"""The fields of a playbook, except those of its kinds."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from aovpn_remediate.playbook.durations import (
    DURATION,
    LONGEST_CONFIRM,
    SHORTEST_CONFIRM,
    seconds_of,
)
from aovpn_remediate.playbook.model import Applies, Symptom
from aovpn_remediate.playbook.words import quote
from aovpn_remediate.resources.backups import Backup
from aovpn_remediate.resources.registry_paths import Key
from aovpn_remediate.resources.restart import NOTHING, Restart

ID = re.compile(r"[a-z0-9][a-z0-9._-]*")


class _Fields(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


_LONGEST_LOOK = 600.0


def _identifier(text: str) -> str:
    if not ID.fullmatch(text):
        raise ValueError(
            f"should be lower-case letters, digits, . _ and -, but is the text {quote(text)}"
        )
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("should not be empty")
    return text


def _link(text: str) -> str:
    if not text.startswith("https://") or any(letter.isspace() for letter in text):
        raise ValueError(f"should be an https:// URL, but is the text {quote(text)}")
    return text


def _pattern(pattern: str) -> Any:
    """Return the pattern that stands for a validator in the JSON Schema."""
    return Field(json_schema_extra={"pattern": pattern})


def _duration(least: float, most: float, which: str) -> Callable[[str], str]:
    """Return the check of a duration in seconds between two bounds, which are told by `which`."""

    def check(text: str) -> str:
        seconds = seconds_of(text)
        if seconds is None or not least <= seconds <= most:
            raise ValueError(f"should be a duration {which}, but is the text {quote(text)}")
        return text

    return check


_DURATION = _pattern(f"^{DURATION.pattern}$")
Identifier = Annotated[str, AfterValidator(_identifier), _pattern(f"^{ID.pattern}$")]
NonBlank = Annotated[str, AfterValidator(_not_blank), _pattern(r"\S")]
ConfirmWithin = Annotated[
    str,
    AfterValidator(
        _duration(SHORTEST_CONFIRM, LONGEST_CONFIRM, "from 1m to 1d such as 90s, 10m or 1h")
    ),
    _DURATION,
]
StableFor = Annotated[
    str, AfterValidator(_duration(0, _LONGEST_LOOK, "up to 10m such as 5s or 1m")), _DURATION
]
Link = Annotated[str, AfterValidator(_link), _pattern(r"^https://\S*$")]


class Header(_Fields):
    """A playbook: steps to set on hosts, and checks before and after them."""

    name: Identifier
    """Lower-case letters, digits, . _ and -; plans, runs and waivers use this name."""
    summary: NonBlank
    """One line on the state of a host that is compliant."""
    hosts: NonBlank
    """The pattern of the hosts that the playbook is meant for: usually a group."""
    symptoms: Annotated[tuple[Symptom, ...], Field(strict=False)] = ()
    """The symptoms that the playbook fixes."""
    source: Link = ""
    """The https:// URL of a page that explains the fix."""
    risk: str = ""
    """The risk of the change, and whom it affects."""
    high_impact: str = ""
    """What the changes concern beyond the host, such as the forest: needs --confirm-high-impact."""
    applies: Applies = Applies()
    """The facts that a host must have; otherwise the playbook is not applicable to it."""
    only_if: list[dict[str, Any]] = []
    """Checks of what the host must have; where one fails the playbook is not applicable to it."""
    vars: dict[str, Any] = {}
    """Variables with default values; the inventory and -e override them."""
    before: list[dict[str, Any]] = []
    """Checks before the steps; a host on which one fails is excluded."""
    steps: Annotated[list[dict[str, Any]], Field(min_length=1)] = []
    """The steps, set in this order; with `backup` they may be left out."""
    after: list[dict[str, Any]] = []
    """Checks after the steps."""
    backup: Backup | None = None
    """The backup that a run takes before it sets a step; without steps, each time it is applied."""
    drift: Literal["fix", "report"] | None = None
    """`fix` lets `drift run` apply the playbook; `report`, here or in a group, forbids it."""
    confirm_within: ConfirmWithin | None = None
    """A host rolls back automatically after this time, such as 10m, unless the run is confirmed."""


class Services(_Fields):
    """Services to restart: `{restart: [A, B]}`."""

    restart: Annotated[tuple[NonBlank, ...], Field(strict=False, min_length=1)]
    """Short names of services, such as RasMan."""
    stable_for: StableFor | None = None
    """The services are looked at again after this time, such as 30s; 5s by default."""
    below: Key | None = None
    r"""A value, `HKLM\...\InstallFolder`: the services whose programs lie in its folder, too."""


class StepHeader(_Fields):
    """The fields of a step, except its kind and `each`."""

    id: Identifier
    """The name of the step in plans, runs and waivers."""
    then: Literal["reboot"] | Services | None = None
    """The restart that a change needs before it takes effect."""
    manual: NonBlank | None = None
    """The manual action that a difference needs: then the step is only read, and never set."""

    @property
    def restart(self) -> Restart:
        """The restart that a change needs."""
        if isinstance(self.then, Services):
            asked = self.then.stable_for
            seconds = None if asked is None else seconds_of(asked)
            below = (self.then.below,) if self.then.below else ()
            return Restart(services=self.then.restart, stable_for=seconds, below=below)
        return Restart(reboot=True) if self.then else NOTHING
