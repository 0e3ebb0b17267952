"""Events of a log since a service started; read only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from aovpn_remediate.errors import Unreadable
from aovpn_remediate.resources.base import Answer, ServiceName, State
from aovpn_remediate.resources.declared import DeclaredResource, HostAnswer, Told
from aovpn_remediate.resources.restart import Restart
from aovpn_remediate.resources.rules import SHORT_TEXT, Fits, matches

_NAME = matches(
    r"[^*?`\[\]\x00-\x1f]{1,255}", "should be a name of up to 255 characters, without * ? ` [ ]"
)
_FEW = Fits(lambda logs: len(logs) == len(set(logs)), "a log is named twice", {"uniqueItems": True})

Log = Annotated[str, _NAME]


class _Event(HostAnswer):
    time: Told
    id: int
    provider: Told


class _Service(HostAnswer):
    state: Told
    start_mode: Told
    account: Told
    started: Told | None
    alone: bool | None


class _Found(HostAnswer):
    log: Told | None
    enabled: bool | None
    newest: _Event | None
    all: bool
    service: _Service | None


class Event(DeclaredResource):
    """A state is `{logged}`: the time of the newest such event since the service started, or None.

    An event that is older than the start of the service was dealt with when it started.
    """

    kind = "event"
    summary = "no event of a log has been logged since a service started (read only)"
    read_only = True
    constrained_language = True
    target_fields = ("logs", "provider", "ids", "text", "since_start_of")
    answer = _Found
    example: ClassVar[Mapping[str, Any]] = {
        "logs": ["AuthZAdminCh"],
        "ids": [3],
        "text": "ESTS_TOKEN_ERROR",
        "since_start_of": "IAS",
    }

    logs: Annotated[tuple[Log, ...], Field(strict=False, min_length=1, max_length=5), _FEW]
    """The names that the log may have; the first that the host has is read."""
    provider: Annotated[str, _NAME] | None = None
    """The provider (source) of the events; any if it is not given."""
    ids: Annotated[
        tuple[Annotated[int, Field(ge=0, le=65535)], ...], Field(strict=False, max_length=20)
    ] = ()
    """The ids of the events; any if none is given."""
    text: Annotated[str, SHORT_TEXT] | None = None
    """A text that one of the values of the event contains, in any case of letters."""
    since_start_of: ServiceName
    """The short name of the service; older events do not count."""

    def target(self) -> dict[str, Any]:
        """Return all fields: those not given are empty."""
        return {
            "Logs": list(self.logs),
            "Provider": self.provider or "",
            "Ids": list(self.ids),
            "Text": self.text or "",
            "SinceStartOf": self.since_start_of,
        }

    def title(self) -> str:
        """`event 3 “ESTS_TOKEN_ERROR” in AuthZAdminCh`."""
        which = ["event", *([", ".join(map(str, self.ids))] if self.ids else [])]
        which += [f"“{self.text}”"] if self.text else []
        which += [f"of {self.provider}"] if self.provider else []
        return f"{' '.join(which)} in {self.logs[0]}"

    def unreadable(self, found: _Found) -> str | None:
        """The log or the service is not there, or not all that counts could be looked at."""
        service, name = found.service, self.since_start_of
        if found.log is None:
            return f"there is no log {' or '.join(self.logs)}: is what writes it installed?"
        if not found.enabled:
            return f"the log {found.log} is turned off: nothing is logged in it"
        if service is None:
            return f"there is no service {name}"
        if service.started is None and service.state.casefold() != "stopped":
            return f"Windows does not tell since when {name} runs ({service.state})"
        if not found.all:
            return (
                f"too many events have been logged in {found.log} since {name} started: "
                "only the newest were looked at, and none of them has the text"
            )
        return None

    def state_of(self, found: _Found) -> State:
        """Return the time of the event, if it is later than the start."""
        if found.newest is None or found.service is None or found.service.started is None:
            return {"logged": None}
        logged, started = _moment(found.newest.time), _moment(found.service.started)
        return {"logged": _shown(logged) if logged > started else None}

    def wanted(self, actual: State) -> State:
        """Return the state without an event."""
        del actual
        return {"logged": None}

    def same(self, one: State, other: State) -> bool:
        """Logged is logged: a later event tells nothing new."""
        if one is None or other is None:
            return one is other
        return _has_been_logged(one) == _has_been_logged(other)

    def show(self, state: State) -> str:
        """`logged 2026-11-27 07:12:31 UTC`."""
        if not _has_been_logged(state):
            return f"none since {self.since_start_of} started"
        return f"logged {(state or {})['logged']}"

    def notes(self, answer: Answer) -> tuple[str, ...]:
        """Return since when the service runs."""
        service = self.answered(answer).service
        if service is None or service.started is None:
            return ()
        return (f"{self.since_start_of} runs since {_shown(_moment(service.started))}",)

    def manual(self, answer: Answer, actual: State) -> str | None:
        """A restart, once the cause is gone."""
        del actual
        name = self.since_start_of
        if answer is not None and self._shares_process(answer):
            return (
                f"{name} shares its process with other services, so Windows does not tell since "
                f"when it runs: restart {name}, unless it was restarted since the event"
            )
        return f"find the cause of the event, then restart {name}"

    def is_cured_by(self, restart: Restart, answer: Answer) -> bool:
        """A restart of the service, where its process proves it, or a reboot."""
        names = {name.casefold() for name in restart.stops}
        return restart.reboot or (
            self.since_start_of.casefold() in names and not self._shares_process(answer)
        )

    def _shares_process(self, answer: Answer) -> bool:
        service = self.answered(answer).service
        return service is not None and service.alone is False


def _has_been_logged(state: State) -> bool:
    return state is not None and state["logged"] is not None


def _moment(text: str) -> datetime:
    """Return a time of a host. Raises `Unreadable` where it is none."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Unreadable(f"the host answered something else: no time: {text!r:.40}") from None


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
