"""The text that a host is sent: functions, then calls whose every value is a literal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from aovpn_remediate.assets import asset_dir
from aovpn_remediate.rendering.literals import literal
from aovpn_remediate.resources.base import Resource, State
from aovpn_remediate.resources.restart import Restart


class Readable(Protocol):
    """A step or a check."""

    @property
    def id(self) -> str:
        """Its name in the record that the host writes."""
        ...

    @property
    def resource(self) -> Resource:
        """What it is about."""
        ...


@dataclass(frozen=True)
class Setting:
    """A step to be set, if the host still prints what it printed a moment ago."""

    id: str
    resource: Resource
    state: State
    """The whole state to be set."""
    expected: str
    """The text that the same engine printed for it."""

    @property
    def desired(self) -> State:
        """What Set takes."""
        return self.resource.desired(self.state)


@dataclass(frozen=True)
class WayBack:
    """A step as it was, for a host that sets itself back."""

    id: str
    resource: Resource
    before: State
    text: str
    """As the same engine printed it."""
    needs: Restart
    """What a change of it needs."""

    def as_data(self) -> dict[str, Any]:
        """One of the steps of Invoke-AovpnUndo."""
        return {
            "Id": self.id,
            "Kind": self.resource.function,
            "Target": self.resource.target(),
            "Desired": self.resource.desired(self.before),
            "Before": self.text,
            "Reboot": self.needs.reboot,
            "Services": list(self.needs.services),
        }


class _Verbatim(str):
    """Text of our own functions: the only text that is not made a literal."""

    __slots__ = ()


def _finalize(value: Any) -> str:
    return value if isinstance(value, _Verbatim) else literal(value)


@cache
def _template() -> Template:
    environment = Environment(  # noqa: S701 - PowerShell, not HTML: _finalize makes literals
        loader=FileSystemLoader(asset_dir("templates")),
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("batch.ps1.j2")


@cache
def _file(name: str) -> str:
    return (asset_dir("templates") / name).read_text(encoding="ascii")


def _functions(*names: str, kinds: Iterable[str] = ()) -> _Verbatim:
    files = [*names, *(f"kinds/{kind}.ps1" for kind in dict.fromkeys(kinds))]
    return _Verbatim("\n".join(_file(name) for name in ("prologue.ps1", *files)))


_ORDERS = ("undo", "look", "disarm", "forget", "arm")


def _render(**parts: Any) -> str:
    empty: dict[str, Any] = {"functions": "", "services": None, "reboot": False}
    orders = dict.fromkeys(_ORDERS)
    lists = dict.fromkeys(("sets", "reads", "restarts", "starts"), ())
    return _template().render({**empty, **orders, **lists, **parts})


@lru_cache(maxsize=256)
def reading(reads: tuple[Readable, ...], services: tuple[str, ...]) -> str:
    """Facts and a record of each, written as one text. Hosts with the same steps share it."""
    functions = _functions("facts.ps1", kinds=(read.resource.kind for read in reads))
    return _render(functions=functions, reads=reads, services=services)


def setting(
    sets: Sequence[Setting],
    reads: Sequence[Readable],
    services: Sequence[str],
    *,
    functions: bool,
) -> str:
    """A record of each set as soon as it is done, then facts and reads as one text.

    Without functions it is for a session that has run `reading` for the same kinds.
    """
    kinds = [step.resource.kind for step in (*sets, *reads)]
    return _render(
        functions=_functions("facts.ps1", kinds=kinds) if functions else "",
        sets=sets,
        reads=reads,
        services=tuple(services),
    )


def restarting(services: Sequence[str]) -> str:
    """A record of each service as soon as it runs again; one that did not run is left alone."""
    return _render(functions=_functions("restart.ps1"), restarts=services)


def starting(services: Sequence[str]) -> str:
    """A record of each service, started where a restart had only stopped it."""
    return _render(functions=_functions("restart.ps1"), starts=services)


def rebooting() -> str:
    """A record, and the host goes down."""
    return _render(functions=_functions("restart.ps1"), reboot=True)


def undoing(run: str, steps: Sequence[WayBack]) -> str:
    """What a host runs by itself to set these steps back, the last one first."""
    back = [step.as_data() for step in reversed(steps)]
    kinds = [step.resource.kind for step in steps]
    functions = _functions("restart.ps1", "undo.ps1", kinds=kinds)
    return _render(functions=functions, undo={"run": run, "steps": back})


def arming(run: str, seconds: int, script: str) -> str:
    """A record: the host runs a script of `undoing` after so many seconds, if left alone."""
    arm = {"run": run, "seconds": seconds, "script": script}
    return _render(functions=_confirm_functions(), arm=arm)


def disarming(run: str) -> str:
    """A record: what would set the host back is taken away, if that has not begun."""
    return _render(functions=_confirm_functions(), disarm=run)


def forgetting(run: str) -> str:
    """A record: also what tells of a way back that was taken is taken away."""
    return _render(functions=_confirm_functions(), forget=run)


def looking_back(run: str) -> str:
    """A record of whether the host will set itself back, does, or has; nothing is changed."""
    return _render(functions=_confirm_functions(), look=run)


def _confirm_functions() -> _Verbatim:
    return _functions("undo.ps1", "confirm.ps1")
