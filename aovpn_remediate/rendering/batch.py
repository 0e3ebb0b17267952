"""Scripts for a host: PowerShell functions, then calls whose every value is a literal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from aovpn_remediate.assets import asset_dir
from aovpn_remediate.rendering.literals import literal
from aovpn_remediate.resources import KINDS
from aovpn_remediate.resources.backups import Backup
from aovpn_remediate.resources.base import Resource, State
from aovpn_remediate.resources.restart import Restart


class Readable(Protocol):
    """A step or a check."""

    @property
    def id(self) -> str:
        """The name in the record that the host writes."""
        ...

    @property
    def resource(self) -> Resource:
        """The thing to read."""
        ...


@dataclass(frozen=True)
class Setting:
    """A step to be set, if the host still prints what it printed when it was just read."""

    id: str
    resource: Resource
    state: State
    """The whole state to be set."""
    expected: str
    """The text that the same PowerShell printed for the answer before."""

    @property
    def own(self) -> str:
        """The text of those parts of the answer before that the step is about."""
        return select_parts(self.expected, self.resource.parts)

    @property
    def desired(self) -> State:
        """The argument of the Set function."""
        return self.resource.desired(self.state)


def select_parts(text: str, names: Sequence[str]) -> str:
    """Return the text of an object with these of its parts alone, letter by letter as they are.

    Only PowerShell knows how it prints a part. Any text that is not of one line as PowerShell
    writes it stays whole: then the host refuses the step.
    """
    if not names or not text.startswith('{"'):
        return text
    decode, place, kept = json.JSONDecoder().raw_decode, 1, []
    try:
        while text[place - 1] != "}":
            name, colon = decode(text, place)
            _, end = decode(text, colon + 1)
            if name in names:
                kept.append(text[place:end])
            place = end + 1
    except (ValueError, IndexError):
        return text
    return f"{{{','.join(kept)}}}"


@dataclass(frozen=True)
class RollbackStep:
    """A step as it was before, for the automatic rollback of a host."""

    id: str
    resource: Resource
    before: State
    text: str
    """The state before, as the same PowerShell printed it."""
    needs: Restart
    """The restarts that a change of it needs."""

    def as_data(self) -> dict[str, Any]:
        """Return the step as an argument of Invoke-AovpnUndo."""
        return {
            "Id": self.id,
            "Kind": self.resource.function,
            "Target": self.resource.target(),
            "Desired": self.resource.desired(self.before),
            "Before": self.text,
            "Reboot": self.needs.reboot,
            "Services": list(self.needs.services),
        }


@dataclass(frozen=True)
class EventQuery:
    """Events to be read from one log, with their fields."""

    id: str
    """The name in the records that the host writes."""
    logs: tuple[str, ...]
    """The names that the log may have; the first that the host has is read."""
    wanted: Mapping[str, Mapping[int, tuple[int | str, ...]]]
    """The fields of events by provider and id: names, or positions of classic events."""
    signs: tuple[int, ...] = ()
    """Ids that are not read; one of them shows that something is logged, if nothing else does."""
    token: str = ""
    """A fixed text that events of any provider have to hold; then it and the user are the fields.

    No other text of an event is read, as it is in the language of the host.
    """
    optional: bool = False
    """True for a log that a host need not have."""

    @property
    def arguments(self) -> dict[str, dict[str, list[int | str]]]:
        """The argument `Wanted` of Get-AovpnEvents."""
        return {
            provider: {str(number): list(fields) for number, fields in ids.items()}
            for provider, ids in self.wanted.items()
        }


class _Verbatim(str):
    """Text of the product's own functions: the only text that does not become a literal."""

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


_SENT_WITH = {
    "restart.ps1": ("services.ps1",),
    "confirm.ps1": ("files.ps1",),
    "backup.ps1": ("files.ps1", "netsh.ps1"),
    "events.ps1": ("kinds/event.ps1",),
}
"""Files whose functions a file calls; those that a kind calls are its `scripts`."""


def _functions(*names: str, kinds: Iterable[str] = ()) -> _Verbatim:
    chosen = dict.fromkeys(kinds)
    scripts = [script for kind in chosen for script in KINDS[kind].scripts]
    files = [*scripts, *names, *(f"kinds/{kind}.ps1" for kind in chosen)]
    shared = [script for name in files for script in _SENT_WITH.get(name, ())]
    return _Verbatim("\n".join(map(_file, dict.fromkeys(("prologue.ps1", *shared, *files)))))


_SINGLE_CALLS = ("undo", "look", "disarm", "forget", "arm", "backup")


def _render(**parts: Any) -> str:
    empty: dict[str, Any] = {"functions": "", "services": None, "reboot": False}
    single = dict.fromkeys(_SINGLE_CALLS)
    lists = dict.fromkeys(("sets", "reads", "restarts", "starts", "events"), ())
    return _template().render({**empty, **single, **lists, **parts})


@lru_cache(maxsize=256)
def reading(reads: tuple[Readable, ...], services: tuple[str, ...]) -> str:
    """Return a script that writes facts and a record of each read as one text.

    Hosts with the same steps share it.
    """
    functions = _functions("facts.ps1", kinds=(read.resource.kind for read in reads))
    return _render(functions=functions, reads=reads, services=services)


def setting(
    sets: Sequence[Setting],
    reads: Sequence[Readable],
    services: Sequence[str],
    *,
    functions: bool,
) -> str:
    """Return a script that sets steps, with a record of each at once, then reads as `reading` does.

    Without functions it is for a session that has run `reading` for the same kinds.
    """
    kinds = [step.resource.kind for step in (*sets, *reads)]
    return _render(
        functions=_functions("facts.ps1", kinds=kinds) if functions else "",
        sets=sets,
        reads=reads,
        services=tuple(services),
    )


def restarting(services: Sequence[str], seconds: float = 120.0) -> str:
    """Return a script that restarts services, with a record of each as soon as it runs again.

    A service that was stopped stays so. `seconds` is the longest wait for each to stop or start.
    """
    functions = _functions("restart.ps1")
    return _render(functions=functions, restarts=services, seconds=_whole(seconds))


def starting(services: Sequence[str], seconds: float = 120.0) -> str:
    """Return a script that starts services, with a record of each.

    `seconds` is the longest wait for each.
    """
    functions = _functions("restart.ps1")
    return _render(functions=functions, starts=services, seconds=_whole(seconds))


def _whole(seconds: float) -> int:
    return max(1, round(seconds))


def rebooting() -> str:
    """Return a script that writes a record and reboots the host."""
    return _render(functions=_functions("restart.ps1"), reboot=True)


def rolling_back(run: str, steps: Sequence[RollbackStep]) -> str:
    """Return the script of an automatic rollback of these steps, the last one first."""
    last_first = [step.as_data() for step in reversed(steps)]
    kinds = [step.resource.kind for step in steps]
    functions = _functions("restart.ps1", "undo.ps1", kinds=kinds)
    return _render(functions=functions, undo={"run": run, "steps": last_first})


def scheduling_rollback(run: str, seconds: int, script: str) -> str:
    """Return a script that schedules a script of `rolling_back` in so many seconds."""
    arm = {"run": run, "seconds": seconds, "script": script}
    return _render(functions=_confirm_functions(), arm=arm)


def cancelling_rollback(run: str) -> str:
    """Return a script that cancels the scheduled rollback, if it has not begun."""
    return _render(functions=_confirm_functions(), disarm=run)


def forgetting_rollback(run: str) -> str:
    """Return a script that deletes the outcome of a rollback from the host as well."""
    return _render(functions=_confirm_functions(), forget=run)


def inspecting_rollback(run: str) -> str:
    """Return a script that reads the stage of a rollback and changes nothing."""
    return _render(functions=_confirm_functions(), look=run)


def _confirm_functions() -> _Verbatim:
    return _functions("undo.ps1", "confirm.ps1")


def backing_up(of: Backup) -> str:
    """Return a script that writes the files of a backup in lines of JSON, and changes nothing."""
    return _render(functions=_functions("backup.ps1"), backup=of)


def reading_events(queries: Sequence[EventQuery], *, seconds: int, most: int) -> str:
    """Return a script that writes records of events, and one about each log, and changes nothing.

    Of each log at most the `most` newest events of the last `seconds` are read.
    """
    functions = _functions("events.ps1")
    return _render(functions=functions, events=tuple(queries), seconds=seconds, most=most)
