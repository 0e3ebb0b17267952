"""The build of Windows; read only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, TypeAdapter, field_validator, model_validator

from aovpn_remediate.errors import Unreadable
from aovpn_remediate.resources.base import Answer, Resource, State, checked


class _Build(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    build: int
    ubr: int


_ANSWER: TypeAdapter[_Build] = TypeAdapter(_Build)


class OsBuild(Resource):
    """A state is `{build, ubr}`: CurrentBuildNumber and UBR."""

    kind: ClassVar[str] = "os_build"
    summary: ClassVar[str] = "the build of Windows is recent enough (read only)"
    read_only: ClassVar[bool] = True

    at_least: int | str | None = None
    """A build, or `build.ubr` as text."""
    floors: Mapping[str, int] | None = None
    """For each build its lowest UBR; a build above all of them is as wanted."""

    @field_validator("at_least")
    @classmethod
    def _is_build(cls, at_least: int | str | None) -> int | str | None:
        if isinstance(at_least, str) and not re.fullmatch(r"[0-9]{3,9}(\.[0-9]{1,9})?", at_least):
            raise ValueError("should be a build such as 20348 or '20348.3207'")
        return at_least

    @field_validator("floors")
    @classmethod
    def _are_builds(cls, floors: Mapping[str, int] | None) -> Mapping[str, int] | None:
        if floors is not None and not (floors and all(b.isascii() and b.isdigit() for b in floors)):
            raise ValueError("should give a UBR for each build, such as {'20348': 3207}")
        return floors

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        if (self.at_least is None) == (self.floors is None):
            raise ValueError("give at_least or floors")
        return self

    def target(self) -> dict[str, Any]:
        """There is one Windows a host."""
        return {}

    def title(self) -> str:
        """`Windows build`."""
        return "Windows build"

    def normalise(self, answer: Answer) -> State:
        """Raises `Unreadable` for a build between those that floors names."""
        found = checked(_ANSWER, answer)
        builds = {int(build) for build in self.floors or {}}
        if self.floors is not None and found.build < max(builds) and found.build not in builds:
            raise Unreadable(f"no floor is known for build {found.build}")
        return {"build": found.build, "ubr": found.ubr}

    def wanted(self, actual: State) -> State:
        """The lowest that will do, or the actual one."""
        build, ubr = self._floor((actual or {})["build"])
        if ((actual or {})["build"], (actual or {})["ubr"]) >= (build, ubr):
            return actual
        return {"build": build, "ubr": ubr}

    def _floor(self, build: int) -> tuple[int, int]:
        if self.floors is not None:
            return build, self.floors.get(str(build), 0)
        lowest, _, ubr = str(self.at_least).partition(".")
        return int(lowest), int(ubr or 0)

    def show(self, state: State) -> str:
        """`20348.3453`."""
        return f"{(state or {})['build']}.{(state or {})['ubr']}"

    def manual(self, answer: Answer, actual: State) -> str | None:
        """Updates are not installed here."""
        del answer, actual
        return "install the Windows updates"
