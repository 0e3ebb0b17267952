"""Diagnosis from Python: from error codes, messages and events to causes and playbooks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, Unpack

from aovpn_remediate.api.cures import with_cures
from aovpn_remediate.api.live_events import LiveEvents, hosts_to_read, read_live, refuse_time
from aovpn_remediate.api.profiles import inspect_profile
from aovpn_remediate.api.provenance import now, tool_version
from aovpn_remediate.diagnose.events.files import EventsUnreadable, read_events
from aovpn_remediate.diagnose.events.join import Group, concerning, join, lasting
from aovpn_remediate.diagnose.events.meaning import evidence_of
from aovpn_remediate.diagnose.evidence import NOTHING_MORE, Evidence, What, code_of
from aovpn_remediate.diagnose.judge import judge
from aovpn_remediate.diagnose.message import evidence_in
from aovpn_remediate.diagnose.rules import Rules, read_rules
from aovpn_remediate.engine.connect import Connector
from aovpn_remediate.engine.control import Control
from aovpn_remediate.engine.reading.events import MOST_EVENTS
from aovpn_remediate.errors import UsageError
from aovpn_remediate.inventory.loader import read_fleet
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.inventory.selection import select
from aovpn_remediate.results.inspection import Inspection, Severity, Unread
from aovpn_remediate.results.probes import ProbeReport
from aovpn_remediate.results.symptoms import Cause, Certainty, SymptomReport

GIVEN = "what was given"
_LOGGED = (
    What.NPS_EVENT,
    What.KDC_EVENT,
    What.RRAS_EVENT,
    What.SSTP_EVENT,
    What.CONNECTOR_EVENT,
)
_FROM_CLIENTS = (What.CLIENT_ERROR,)


class GivenSymptoms(TypedDict, total=False):
    """What a person knows, as `diagnose_symptoms` takes it."""

    messages: Sequence[str]
    codes: Mapping[str, Iterable[int | str]] | None
    events: Mapping[str, bytes] | None
    profile: bytes | None
    nps_certificate: bytes | None
    probed: ProbeReport | None


def diagnose_symptoms(
    *,
    messages: Sequence[str] = (),
    codes: Mapping[str, Iterable[int | str]] | None = None,
    events: Mapping[str, bytes] | None = None,
    profile: bytes | None = None,
    nps_certificate: bytes | None = None,
    probed: ProbeReport | None = None,
) -> SymptomReport:
    """Return the causes of what was seen, ranked; no host is contacted.

    `messages` are texts as a person copies them. `codes` are by kind: `client_error`, `nps_reason`,
    `nps_event`, `kdc_event`, `kdc_status`, `rras_event`, `sstp_event`, `connector_event`,
    `netsh_error`, `client_build` (numbers, or texts such as `0x800B0101` and `-2146762495`) and
    `client_edition`.
    `events` are exported event logs by their names. `profile` (with `nps_certificate`) is inspected
    and `probed` is a report of the server: their findings are evidence for every connection.
    Messages and codes are about one failed connection; events are joined to as many as there are.
    Raises `UsageError` for a wrong code.
    """
    rules = read_rules()
    known = _known(
        rules,
        messages=messages,
        codes=codes,
        events=events,
        profile=profile,
        nps_certificate=nps_certificate,
        probed=probed,
    )
    groups = _groups(known.found, rules)
    if known.is_told or not events:
        groups = (Group(GIVEN, known.told), *groups)
    return _report(rules, known, groups, _notes(known.found, events or ()), LiveEvents())


def diagnose_fleet(
    inventory: str | Path | Inventory,
    *,
    client: str = "",
    user: str = "",
    since: float = 7200.0,
    limit: str | None = None,
    workers: int = 32,
    control: Control | None = None,
    **given: Unpack[GivenSymptoms],
) -> SymptomReport:
    """Return the causes of the failed connections of the last `since` seconds; nothing is changed.

    Events are read on the hosts by the roles that they have: clients, NPS, RRAS, domain controllers
    and connectors. Of clients only `client` is read, if it is given, and its users count; `user`
    leaves other users out. What a person knows is added: to the connections of the user or client,
    if one is given, else as a connection of its own. The hosts that the playbooks of causes are for
    are compared with them, and each cause says who has it already.

    A host or a log that could not be read is in `unread`, and the others answer. Raises
    `InputError`, `UsageError`.
    """
    rules, control = read_rules(), control or Control()
    refuse_time(since)
    known = _known(rules, **given)
    hosts = hosts_to_read(select(read_fleet(inventory), "all", limit), client)
    connector = Connector(hosts, control)
    live = read_live(connector, since=since, client=client, workers=workers, control=control)
    found = (*known.found, *live.evidence)
    groups = concerning(_groups(found, rules), user=user, machines=live.clients)
    if known.is_told:
        groups = _with_told(groups, known.told, join_them=bool(user or client))
    report = _report(rules, known, groups, [*_notes(found, ("live",)), *_cut(live)], live)
    causes = with_cures(report.findings, live.hosts, connector, workers=workers, control=control)
    interrupted = control.stop.begin_no_more.is_set()
    return report.model_copy(update={"findings": tuple(causes), "interrupted": interrupted})


def _groups(found: Sequence[Evidence], rules: Rules) -> tuple[Group, ...]:
    return join([item for item in lasting(found) if _tells(item, rules)])


@dataclass(frozen=True)
class _Known:
    """The evidence that a person gave."""

    told: tuple[Evidence, ...]
    is_told: bool
    """True if there are messages or codes, of whatever use."""
    is_silent: bool
    """True if there are messages, and none of them tells anything."""
    found: tuple[Evidence, ...]
    common: tuple[Evidence, ...]
    unread: tuple[Unread, ...]


def _known(rules: Rules, **given: Unpack[GivenSymptoms]) -> _Known:
    messages, codes = given.get("messages") or (), given.get("codes") or {}
    told = tuple(e for message in messages for e in evidence_in(message, rules))
    told += tuple(_coded(kind, code) for kind, all_ in codes.items() for code in all_)
    found: list[Evidence] = []
    unread: list[Unread] = []
    common: list[Evidence] = []
    if (profile := given.get("profile")) is not None:
        inspected = inspect_profile(profile, nps_certificate=given.get("nps_certificate"))
        common += _findings(What.PROFILE, inspected)
        unread += inspected.unread
    if (probed := given.get("probed")) is not None:
        common += _findings(What.PROBE, probed)
    for name, data in (given.get("events") or {}).items():
        try:
            found += [e for event in read_events(data) for e in evidence_of(event)]
        except EventsUnreadable as error:
            unread.append(Unread(subject=name, reason=str(error)))
    is_told = bool(told or messages or codes)
    is_silent = bool(messages) and not told
    return _Known(told, is_told, is_silent, tuple(found), tuple(common), tuple(unread))


def _with_told(
    groups: Sequence[Group], told: tuple[Evidence, ...], *, join_them: bool
) -> tuple[Group, ...]:
    """Return groups with what a person told about the connections of one user or client.

    What the events themselves tell is not told again.
    """
    if not join_them or not any(_names_somebody(group) for group in groups):
        return (Group(GIVEN, told), *groups)
    return tuple(
        Group(group.subject, (*group.evidence, *_not_in(group, told)))
        if _names_somebody(group)
        else group
        for group in groups
    )


def _names_somebody(group: Group) -> bool:
    return any(item.user or item.machine for item in group.evidence)


def _not_in(group: Group, told: Sequence[Evidence]) -> Iterator[Evidence]:
    kinds = {item.what for item in group.evidence}
    yield from (item for item in told if item.what not in kinds)


def _report(
    rules: Rules, known: _Known, groups: Sequence[Group], notes: Iterable[Cause], live: LiveEvents
) -> SymptomReport:
    judged = [judge(group.subject, group.evidence, rules, known.common) for group in groups]
    causes = [cause for one in judged for cause in one.causes]
    return SymptomReport(
        made_by=tool_version(),
        made_at=now(),
        findings=(*causes, *_silent(known), *notes),
        unread=(*known.unread, *live.unread),
        troubles=tuple(one.trouble for one in judged),
    )


def _tells(item: Evidence, rules: Rules) -> bool:
    """Return False for an event that no rule asks for: logs hold successes, too."""
    return item.what not in _LOGGED or item.code in rules.known[item.what]


def _findings(what: What, report: Inspection) -> list[Evidence]:
    """Return the findings of a report; none if it could not look."""
    if report.unread and not report.findings:
        return []
    return [Evidence(what, code) for code in (*(one.id for one in report.findings), NOTHING_MORE)]


def _coded(kind: str, code: int | str) -> Evidence:
    try:
        what = What(kind)
        number = code if what in _TEXTS or isinstance(code, int) else code_of(code)
    except ValueError as error:
        raise UsageError(f"{kind}: {error}") from None
    return Evidence(what, number)


_TEXTS = (What.MESSAGE, What.NPS_LOG, What.CLIENT_EDITION, What.PROFILE, What.PROBE)


def _notes(found: Sequence[Evidence], events: Iterable[str]) -> Iterator[Cause]:
    """Return a note where no event is from a client: the servers alone answer then."""
    if tuple(events) and found and not any(item.what in _FROM_CLIENTS for item in found):
        text = "no event of a client (RasClient 20227) is among these: they are judged without one"
        yield _note("no-client-events", "events", text)


def _cut(live: LiveEvents) -> Iterator[Cause]:
    text = f"there are more events: only the newest {MOST_EVENTS} were looked at"
    yield from (_note("events-cut", log, text) for log in live.cut)


def _silent(known: _Known) -> Iterator[Cause]:
    """Return a note where texts have nothing that is known, with what to give instead."""
    if known.is_silent:
        yield _note(
            "nothing-recognized",
            GIVEN,
            "the text has no error code, no reason, no event and no known message",
            fix="Give the error code in event 20227 of the client, or its Application log, "
            "exported by wevtutil qe Application /f:xml, with --events FILE.",
        )


def _note(id_: str, subject: str, text: str, fix: str = "") -> Cause:
    return Cause(
        id=id_,
        severity=Severity.NOTE,
        subject=subject,
        text=text,
        fix=fix,
        certainty=Certainty.PROVEN,
    )
