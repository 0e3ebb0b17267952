"""The fields of a playbook around its settings."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

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


Identifier = Annotated[str, AfterValidator(_identifier)]
Said = Annotated[str, AfterValidator(_said)]


class Header(_Fields):
    """A playbook, its steps and checks not looked into."""

    name: Identifier
    summary: Said
    hosts: Said
    symptoms: Annotated[tuple[Symptom, ...], Field(strict=False)] = ()
    source: Annotated[str, AfterValidator(_link)] = ""
    risk: str = ""
    applies: Applies = Applies()
    vars: dict[str, Any] = {}
    before: list[dict[str, Any]] = []
    steps: Annotated[list[dict[str, Any]], Field(min_length=1)]
    after: list[dict[str, Any]] = []


class Services(_Fields):
    """Services to restart: `{restart: [A, B]}`."""

    restart: Annotated[tuple[Said, ...], Field(strict=False, min_length=1)]


class StepHeader(_Fields):
    """A step without its kind, and without `each`."""

    id: Identifier
    then: Literal["reboot"] | Services | None = None

    @property
    def restart(self) -> Restart:
        """What a change needs."""
        if isinstance(self.then, Services):
            return Restart(services=self.then.restart)
        return Restart(reboot=True) if self.then else NOTHING
