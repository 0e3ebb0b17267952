"""A clock: how fast it is, and whether it chimes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from aovpn_remediate.resources.base import Answer, State
from aovpn_remediate.resources.declared import DeclaredResource, HostAnswer
from aovpn_remediate.resources.rules import some_of


class _Clock(HostAnswer):
    minutes: int
    chimes: bool


class ToyClock(DeclaredResource):
    """A state is what is declared of `{minutes, chimes}`; None where there is no such clock."""

    kind = "toy_clock"
    summary = "a clock: how many minutes it is fast, and its chimes"
    target_fields = ("name",)
    title_text = "clock {name}"
    answer = _Clock | None
    example: ClassVar[Mapping[str, Any]] = {"name": "Hall", "minutes": 0}
    rules = (some_of("minutes", "chimes"),)

    name: Annotated[str, Field(min_length=1)]
    """As the list of clocks shows it."""
    minutes: Annotated[int, Field(ge=0, le=59)] | None = None
    """How many minutes it is fast."""
    chimes: bool | None = None
    """Whether it chimes."""

    def manual(self, answer: Answer, actual: State) -> str | None:
        """Clocks are not bought here."""
        del answer
        return f"there is no clock {self.name}: buy one" if actual is None else None
