"""A role or feature of Windows Server: installed or not; read only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from aovpn_remediate.errors import Unreadable
from aovpn_remediate.resources.base import Answer, State
from aovpn_remediate.resources.declared import DeclaredResource, HostAnswer
from aovpn_remediate.resources.rules import matches

_NAME = matches(r"[A-Za-z0-9._-]{1,100}", "should be the short name of a feature, such as NPAS")


class _Feature(HostAnswer):
    installed: bool
    state: Annotated[str, Field(max_length=100)]
    """InstallState: Available, Installed, Removed, InstallPending, UninstallPending."""


class WindowsFeature(DeclaredResource):
    """A state is `{installed}`. A feature that waits for a restart is not yet what it will be."""

    kind = "windows_feature"
    summary = "a role or feature of Windows Server is installed, or is not (read only)"
    read_only = True
    constrained_language = True
    target_fields = ("name",)
    title_text = "feature {name}"
    answer = _Feature | None
    example: ClassVar[Mapping[str, Any]] = {"name": "NPAS"}

    name: Annotated[str, _NAME]
    """The short name, such as NPAS, DirectAccess-VPN, Routing, Web-Server."""
    installed: bool = True
    """True if it has to be installed."""

    def normalise(self, answer: Answer) -> State:
        """Installed or not. Raises `Unreadable`."""
        found = self.answered(answer)
        if found is None:
            raise Unreadable(f"this Windows has no feature {self.name}: check its name")
        return {"installed": found.installed}

    def show(self, state: State) -> str:
        """`installed`, `not installed`."""
        return "installed" if (state or {})["installed"] else "not installed"

    def notes(self, answer: Answer) -> tuple[str, ...]:
        """A restart that finishes what is under way, and sources that are gone."""
        state = self.answered(answer).state
        if state.endswith("Pending"):
            return (f"{state}: a restart of the server finishes it",)
        return ("its files are removed: it needs a source",) if state == "Removed" else ()

    def manual(self, answer: Answer, actual: State) -> str | None:
        """Features are not installed or removed here."""
        del answer, actual
        verb = "Install" if self.installed else "Uninstall"
        return f"by hand: {verb}-WindowsFeature {self.name}"
