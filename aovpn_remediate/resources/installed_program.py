"""A program in the list of installed programs; read only."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from aovpn_remediate.errors import Unreadable
from aovpn_remediate.resources.base import Answer, Resource, State, checked


class _Program(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    name: str
    version: str


_ANSWER: TypeAdapter[_Program | None] = TypeAdapter(_Program | None)
_VERSION = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){0,3}")


class InstalledProgram(Resource):
    """A state is `{version}` of the newest one with the name; None where it is not installed."""

    kind: ClassVar[str] = "installed_program"
    summary: ClassVar[str] = "a program is installed, in a version recent enough (read only)"
    read_only: ClassVar[bool] = True
    target_fields: ClassVar[tuple[str, ...]] = ("name",)

    name: Annotated[str, Field(min_length=1)]
    """As the list of installed programs shows it."""
    version_at_least: Annotated[str, Field(pattern=rf"^{_VERSION.pattern}$")] | None = None
    """Up to four numbers with dots; in quotes, or YAML reads a number."""
    exists: bool = True
    """Whether it is installed."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.exists and self.version_at_least:
            raise ValueError("a program that is not installed has no version")
        return self

    def target(self) -> dict[str, Any]:
        """Name."""
        return {"Name": self.name}

    def title(self) -> str:
        """The name."""
        return self.name

    def normalise(self, answer: Answer) -> State:
        """Raises `Unreadable` for a version that cannot be compared."""
        program = checked(_ANSWER, answer)
        if program is None:
            return None
        if self.version_at_least and not _VERSION.fullmatch(program.version):
            raise Unreadable(f"its version {program.version!r} cannot be compared")
        return {"version": program.version}

    def wanted(self, actual: State) -> State:
        """The lowest version that will do, or the actual one."""
        if not self.exists:
            return None
        if actual is not None and self._new_enough(actual["version"]):
            return actual
        return {"version": self.version_at_least or "any"}

    def _new_enough(self, version: str) -> bool:
        return not self.version_at_least or _parts(version) >= _parts(self.version_at_least)

    def show(self, state: State) -> str:
        """`6.2406.0.1001`."""
        return "not installed" if state is None else f"version {state['version']}"

    def manual(self, answer: Answer, actual: State) -> str | None:
        """Programs are not installed here."""
        del answer, actual
        return f"install or update {self.name}" if self.exists else f"uninstall {self.name}"


def _parts(version: str) -> tuple[int, ...]:
    parts = [int(part) for part in version.split(".")]
    return tuple(parts + [0] * (4 - len(parts)))
