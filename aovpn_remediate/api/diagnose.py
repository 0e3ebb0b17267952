"""Diagnosis from Python: from error codes, messages and events to causes and playbooks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from aovpn_remediate.api.profiles import inspect_profile
from aovpn_remediate.api.provenance import now, tool_version
from aovpn_remediate.diagnose.events.files import EventsUnreadable, read_events
from aovpn_remediate.diagnose.events.join import Group, join, lasting
from aovpn_remediate.diagnose.events.meaning import evidence_of
from aovpn_remediate.diagnose.evidence import NOTHING_MORE, Evidence, What, code_of
from aovpn_remediate.diagnose.judge import judge
from aovpn_remediate.diagnose.message import evidence_in
from aovpn_remediate.diagnose.rules import Rules, read_rules
from aovpn_remediate.errors import UsageError
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
    given = tuple(e for message in messages for e in evidence_in(message, rules))
    given += tuple(_coded(kind, code) for kind, all_ in (codes or {}).items() for code in all_)
    found: list[Evidence] = []
    unread: list[Unread] = []
    common: list[Evidence] = []
    if profile is not None:
        inspected = inspect_profile(profile, nps_certificate=nps_certificate)
        common += _findings(What.PROFILE, inspected)
        unread += inspected.unread
    if probed is not None:
        common += _findings(What.PROBE, probed)
    for name, data in (events or {}).items():
        try:
            found += [e for event in read_events(data) for e in evidence_of(event)]
        except EventsUnreadable as error:
            unread.append(Unread(subject=name, reason=str(error)))
    found = [item for item in lasting(found) if _tells(item, rules)]
    groups = join(found)
    if given or messages or codes or not events:
        groups = (Group(GIVEN, given), *groups)
    judged = [judge(group.subject, group.evidence, rules, tuple(common)) for group in groups]
    causes = [cause for one in judged for cause in one.causes]
    return SymptomReport(
        made_by=tool_version(),
        made_at=now(),
        findings=(*causes, *_silent(messages, given), *_notes(found, events)),
        unread=tuple(unread),
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


_TEXTS = (What.MESSAGE, What.CLIENT_EDITION, What.PROFILE, What.PROBE)


def _notes(found: Sequence[Evidence], events: Mapping[str, bytes] | None) -> Iterator[Cause]:
    """Return a note where no event is from a client: the servers alone answer then."""
    if events and found and not any(item.what in _FROM_CLIENTS for item in found):
        text = "no event of a client (RasClient 20227) is among these: they are judged without one"
        yield _note("no-client-events", "events", text)


def _silent(messages: Sequence[str], given: Sequence[Evidence]) -> Iterator[Cause]:
    """Return a note where texts have nothing that is known, with what to give instead."""
    if messages and not given:
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
