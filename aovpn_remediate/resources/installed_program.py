"""A program in the list of installed programs; read only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field

from aovpn_remediate.resources.base import Answer, State
from aovpn_remediate.resources.declared import DeclaredResource, HostAnswer
from aovpn_remediate.resources.rules import without
from aovpn_remediate.resources.texts import in_short
from aovpn_remediate.resources.versions import PATTERN, newest, parts_of


class _Program(HostAnswer):
    name: str
    version: str
    others: list[str] = Field(default_factory=list)
    """The versions of other entries with the name."""

    @property
    def newest(self) -> str:
        """The newest version of all entries."""
        return newest((self.version, *self.others))


class InstalledProgram(DeclaredResource):
    """A state is `{version}` of the newest one with the name; None where it is not installed."""

    kind = "installed_program"
    summary = "a program is installed, in a version recent enough (read only)"
    read_only = True
    target_fields = ("name",)
    title_text = "{name}"
    answer = _Program | None
    example: ClassVar[Mapping[str, Any]] = {
        "name": "Certificate Connector for Microsoft Intune",
        "version_at_least": "6.2406.0.1001",
    }
    rules = (
        without(
            "exists",
            False,
            "version_at_least",
            why="a program that is not installed has no version",
        ),
    )

    name: Annotated[str, Field(min_length=1)]
    """The name in the list of installed programs."""
    version_at_least: Annotated[str, Field(pattern=rf"^{PATTERN}$", max_length=100)] | None = None
    """Numbers with dots; in quotes, or YAML reads a number."""
    exists: bool = True
    """True if it has to be installed."""

    def joined(self, other: Self) -> Self | None:
        """The one that asks for the newer version."""
        if self.exists != other.exists:
            return None
        asked = [each for each in (self, other) if each.version_at_least]
        return max(asked or [self], key=lambda each: parts_of(each.version_at_least or "0") or ())

    def unreadable(self, found: _Program) -> str | None:
        """Return a reason for a version that cannot be compared."""
        if self.version_at_least and parts_of(found.newest) is None:
            return f"its version {found.newest!r:.100} cannot be compared"
        return None

    def state_of(self, found: _Program) -> State:
        """The newest version: the name may be in other letters."""
        return {"version": found.newest}

    def wanted(self, actual: State) -> State:
        """The lowest version that will do, or the actual one."""
        if not self.exists:
            return None
        if actual is not None and self._new_enough(actual["version"]):
            return actual
        return {"version": self.version_at_least or "any"}

    def _new_enough(self, version: str) -> bool:
        wanted = parts_of(self.version_at_least or "0")
        return (parts_of(version) or ()) >= (wanted or ())

    def show(self, state: State) -> str:
        """`6.2406.0.1001`."""
        if state is None:
            return "not installed"
        version = state["version"]
        return f"version {in_short(version, f'{len(version)} characters')}"

    def manual(self, answer: Answer, actual: State) -> str | None:
        """Programs are not installed here."""
        del answer, actual
        return f"install or update {self.name}" if self.exists else f"uninstall {self.name}"
