"""A Windows service: that it is there, how it starts, whether it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from aovpn_remediate.errors import Unreadable
from aovpn_remediate.resources.base import Answer, Resource, State, checked

Startup = Literal["automatic", "automatic_delayed", "manual", "disabled"]
_STARTUPS = ("automatic", "automatic_delayed", "manual", "disabled")


class _Service(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    exists: Literal[True]
    status: str | None = None
    startup: str | None = None


_ANSWER: TypeAdapter[_Service | None] = TypeAdapter(_Service | None)


class Service(Resource):
    """A state is what is declared of `{status, startup}`; None where there is no such service."""

    kind: ClassVar[str] = "service"
    summary: ClassVar[str] = "a service: that it exists, its startup, its status"
    target_fields: ClassVar[tuple[str, ...]] = ("name",)

    name: Annotated[str, Field(pattern=r"^[^\\/\x00*?\[\]]{1,256}$")]
    """The short name, such as IAS."""
    exists: bool | None = None
    """Whether there is such a service; one is never installed or removed."""
    startup: Startup | None = None
    """When it is started."""
    status: Literal["running", "stopped"] | None = None
    """Whether it runs."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.exists is None and not self._declared():
            raise ValueError("give one or more of: exists, startup, status")
        if self.exists is False and self._declared():
            raise ValueError("a service that is not there has no startup and no status")
        return self

    def _declared(self) -> dict[str, str]:
        both = {"status": self.status, "startup": self.startup}
        return {name: value for name, value in both.items() if value is not None}

    def target(self) -> dict[str, Any]:
        """Name, and the Properties to read: others may rightly change meanwhile."""
        return {"Name": self.name, "Properties": list(self._declared())}

    def claims(self) -> Mapping[str, Any]:
        """One a property."""
        declared = {**self._declared(), "exists": self.exists is not False}
        return {f"service {self.name} {what}".casefold(): how for what, how in declared.items()}

    def title(self) -> str:
        """`service IAS`."""
        return f"service {self.name}"

    def normalise(self, answer: Answer) -> State:
        """Raises `Unreadable` while the service is starting, stopping or paused."""
        service = checked(_ANSWER, answer)
        if service is None:
            return None
        state = {name: getattr(service, name) for name in self._declared()}
        if None in state.values():
            raise Unreadable("the host did not say all that was asked of the service")
        if self.status and state["status"] not in ("running", "stopped"):
            raise Unreadable(f"the service is in between ({state['status']}): look again later")
        return state

    def wanted(self, actual: State) -> State:
        """As declared."""
        return None if self.exists is False else {**(actual or {}), **self._declared()}

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
