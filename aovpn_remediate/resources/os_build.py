"""The build of Windows; read only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from aovpn_remediate.resources.base import State
from aovpn_remediate.resources.declared import DeclaredResource, HostAnswer
from aovpn_remediate.resources.rules import Fits, matches, one_of
from aovpn_remediate.resources.versions import parts_of


class _Build(HostAnswer):
    build: int
    ubr: int | None


_BUILD = matches(r"[0-9]{3,9}([.][0-9]{1,9})?", "should be a build such as 20348 or '20348.3207'")
_FLOORS = Fits(
    lambda floors: bool(floors) and all(b.isascii() and b.isdigit() for b in floors),
    "should give a UBR for each build, such as {'20348': 3207}",
    {"minProperties": 1, "propertyNames": {"pattern": "^[0-9]+$"}},
)


class OsBuild(DeclaredResource):
    """A state is `{build, ubr}`: CurrentBuildNumber and UBR."""

    kind = "os_build"
    summary = "the build of Windows is recent enough (read only)"
    read_only = True
    constrained_language = True
    title_text = "Windows build"
    manual_text = "install the Windows updates"
    answer = _Build
    example: ClassVar[Mapping[str, Any]] = {"at_least": 20348}
    rules = (one_of("at_least", "floors"),)

    at_least: int | Annotated[str, _BUILD] | None = None
    """A build, or `build.ubr` as text."""
    floors: Annotated[Mapping[str, int], _FLOORS] | None = None
    """The lowest UBR of each build; a build above all of them is compliant."""

    def joined(self, other: Self) -> Self | None:
        """The one that asks for the newer build; floors are never joined."""
        if self.at_least is None or other.at_least is None:
            return super().joined(other)
        return max(self, other, key=lambda each: parts_of(str(each.at_least)) or ())

    def unreadable(self, found: _Build) -> str | None:
        """The build is between those that floors names, or its UBR would decide and is not told."""
        builds = {int(build) for build in self.floors or {}}
        build, ubr = self._floor(found.build)
        if found.ubr is None and found.build == build and ubr > 0:
            return f"Windows tells no UBR of its build {build}: whether it is {ubr} is unknown"
        if self.floors is not None and found.build < max(builds) and found.build not in builds:
            return f"no floor is known for build {found.build}"
        return None

    def state_of(self, found: _Build) -> State:
        """All that is answered."""
        return found.model_dump()

    def wanted(self, actual: State) -> State:
        """The lowest that will do, or the actual one."""
        build, ubr = self._floor((actual or {})["build"])
        if ((actual or {})["build"], (actual or {})["ubr"] or 0) >= (build, ubr):
            return actual
        return {"build": build, "ubr": ubr}

    def _floor(self, build: int) -> tuple[int, int]:
        if self.floors is not None:
            return build, self.floors.get(str(build), 0)
        lowest, _, ubr = str(self.at_least).partition(".")
        return int(lowest), int(ubr or 0)

    def show(self, state: State) -> str:
        """`20348.3453`; the build alone where the UBR is not told."""
        build, ubr = (state or {})["build"], (state or {})["ubr"]
        return str(build) if ubr is None else f"{build}.{ubr}"
