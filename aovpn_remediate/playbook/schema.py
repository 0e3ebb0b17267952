"""The fields of a playbook around its settings."""

from __future__ import annotations

import re
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
from aovpn_remediate.resources.restart import NOTHING, Restart

ID = re.compile(r"[a-z0-9][a-z0-9._-]*")


class _Fields(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _identifier(text: str) -> str:
    if not ID.fullmatch(text):
        raise ValueError(
            f"should be lower-case letters, digits, . _ and -, is the text {quote(text)}"
        )
    return text


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("should not be empty")
    return text


def _link(text: str) -> str:
    if not text.startswith("https://") or any(letter.isspace() for letter in text):
        raise ValueError(f"should be an https:// address, is the text {quote(text)}")
    return text


def _confirm_within(text: str) -> str:
    seconds = seconds_of(text)
    if seconds is None or not SHORTEST_CONFIRM <= seconds <= LONGEST_CONFIRM:
        raise ValueError(
            "should be a length of time from 1m to 1d, such as 90s, 10m or 1h, "
            f"is the text {quote(text)}"
        )
    return text


def _form(pattern: str) -> Any:
    """What a validator's rule is in a JSON Schema."""
    return Field(json_schema_extra={"pattern": pattern})


Identifier = Annotated[str, AfterValidator(_identifier), _form(f"^{ID.pattern}$")]
Said = Annotated[str, AfterValidator(_said), _form(r"\S")]
ConfirmWithin = Annotated[str, AfterValidator(_confirm_within), _form(f"^{DURATION.pattern}$")]
Link = Annotated[str, AfterValidator(_link), _form(r"^https://\S*$")]


class Header(_Fields):
    """What is to be set on hosts, and what must hold before and after."""

    name: Identifier
    """Lower-case letters, digits, . _ and -; plans, runs and waivers name it so."""
    summary: Said
    """One line: what hosts are like in the end."""
    hosts: Said
    """The pattern of hosts that it is meant for: a group, usually."""
    symptoms: Annotated[tuple[Symptom, ...], Field(strict=False)] = ()
    """By which a person knows that it is needed."""
    source: Link = ""
    """An https:// address that says why it helps."""
    risk: str = ""
    """What may go wrong, and who notices."""
    applies: Applies = Applies()
    """The facts that a host must show; otherwise the playbook is not applicable to it."""
    vars: dict[str, Any] = {}
    """Variables with their values; the inventory and -e win over them."""
    before: list[dict[str, Any]] = []
    """Checks: one that does not hold keeps the playbook off the host."""
    steps: Annotated[list[dict[str, Any]], Field(min_length=1)]
    """What is set, in this order."""
    after: list[dict[str, Any]] = []
    """Checks: what must hold in the end."""
    drift: Literal["fix", "report"] | None = None
    """Whether `drift run` may set it by itself; `report` wins over what a group says."""
    confirm_within: ConfirmWithin | None = None
    """A host sets itself back after this time, such as 10m, unless the run is confirmed."""


class Services(_Fields):
    """Services to restart: `{restart: [A, B]}`."""

    restart: Annotated[tuple[Said, ...], Field(strict=False, min_length=1)]
    """Short names, such as RasMan."""


class StepHeader(_Fields):
    """A step without its kind, and without `each`."""

    id: Identifier
    """Names the step in plans, runs and waivers."""
    then: Literal["reboot"] | Services | None = None
    """What a change needs before it takes effect."""

    @property
    def restart(self) -> Restart:
        """What a change needs."""
        if isinstance(self.then, Services):
            return Restart(services=self.then.restart)
        return Restart(reboot=True) if self.then else NOTHING
