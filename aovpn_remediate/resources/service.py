"""A Windows service: that it is there, how it starts, whether it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from aovpn_remediate.resources.base import Answer, ServiceName, State
from aovpn_remediate.resources.declared import DeclaredResource, HostAnswer
from aovpn_remediate.resources.rules import some_of, without

Startup = Literal["automatic", "automatic_delayed", "manual", "disabled"]
_STARTUPS = ("automatic", "automatic_delayed", "manual", "disabled")


class _Service(HostAnswer):
    exists: Literal[True]
    status: str | None = None
    startup: str | None = None


class Service(DeclaredResource):
    """A state is what is declared of `{status, startup}`; None where there is no such service."""

    kind = "service"
    summary = "a service: that it exists, its startup, its status"
    target_fields = ("name",)
    constrained_language = True
    scripts = ("services.ps1",)
    title_text = "service {name}"
    answer = _Service | None
    independent = True
    untold = "the host did not say all that was asked of the service"
    example: ClassVar[Mapping[str, Any]] = {"name": "IAS", "status": "running"}
    rules = (
        some_of("exists", "startup", "status"),
        without(
            "exists",
            False,
            *("startup", "status"),
            why="a service that is not there has no startup and no status",
        ),
    )

    name: ServiceName
    """The short name, such as IAS."""
    exists: bool | None = None
    """True if the service has to exist; one is never installed or removed."""
    startup: Startup | None = None
    """The startup type."""
    status: Literal["running", "stopped"] | None = None
    """The status: running or stopped."""

    def given(self) -> dict[str, Any]:
        """Return the declared status and startup."""
        both = {"status": self.status, "startup": self.startup}
        return {name: value for name, value in both.items() if value is not None}

    def target(self) -> dict[str, Any]:
        """Name, and the Properties to read: others may rightly change meanwhile."""
        return {"Name": self.name, "Properties": list(self.given())}

    def claims(self) -> Mapping[str, Any]:
        """One a property."""
        declared = {**self.given(), "exists": self.exists is not False}
        return {f"service {self.name} {what}".casefold(): how for what, how in declared.items()}

    def unreadable(self, found: _Service) -> str | None:
        """Not all was said, or the service has been starting or stopping for a while."""
        if self.status and found.status and found.status.endswith("pending"):
            return f"the service stays in between ({found.status}): look again later"
        return super().unreadable(found)

    def wanted(self, actual: State) -> State:
        """Return the state as declared."""
        return None if self.exists is False else super().wanted(actual)

    def show(self, state: State) -> str:
        """`running, automatic`."""
        if state is None:
            return "absent"
        return ", ".join(str(value) for value in state.values()) or "present"

    def manual(self, answer: Answer, actual: State) -> str | None:
        """Services are not installed, removed, or turned into drivers here."""
        del answer
        if actual is None:
            return f"there is no service {self.name}: install what it belongs to"
        if self.exists is False:
            return f"the service {self.name} is there: uninstall what it belongs to"
        if self.startup and actual["startup"] not in _STARTUPS:
            return f"its startup ({actual['startup']}) could not be put back: decide by hand"
        return None
