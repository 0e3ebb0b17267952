"""A kind in the simulation: the answer of its Get, and the acts of its Set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter

from aovpn_remediate.lab.windows.host import Host

Answer = Any
"""None for nothing, or what ConvertTo-Json would get."""

Act = Callable[[], object]
"""One of the things that a Set does, in their order; may raise `Thrown`."""


class Parameters(BaseModel):
    """Parameters or a hashtable that the product sends; anything else is refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Nothing(Parameters):
    """A target without parameters: there is one a host."""


T = TypeVar("T", bound=Parameters)


@dataclass(frozen=True)
class Kind(Generic[T]):
    """One kind. `get` and `acts` raise `Thrown` as the real functions throw."""

    name: str
    """The name of the kind, as in a playbook."""
    target: type[T]
    get: Callable[[Host, T], Answer]
    subject: Callable[[T], str]
    """The name of the thing for quirks."""
    desired: TypeAdapter[Any]
    """The model of the state that Set takes."""
    acts: Callable[[Host, T, Any], Sequence[Act]]
    """The acts of Set for a desired state."""
    calls_dotnet: bool = True
    """True if its functions call .NET, which constrained language refuses."""

    @property
    def function(self) -> str:
        """The name behind Get- and Set-."""
        return "Aovpn" + "".join(part.capitalize() for part in self.name.split("_"))


def only_read(
    name: str, target: type[T], get: Callable[[Host, T], Answer], *, calls_dotnet: bool = False
) -> Kind[T]:
    """Return a kind that has no Set."""
    return Kind(
        name=name,
        target=target,
        get=get,
        subject=lambda target: name,  # noqa: ARG005 - one a host
        desired=TypeAdapter(None),
        acts=lambda host, target, desired: (),  # noqa: ARG005 - nothing is set
        calls_dotnet=calls_dotnet,
    )
