"""The evaluation alone: for any observation, and for problems that the lab cannot simulate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aovpn_remediate.doctor import cures
from aovpn_remediate.doctor.checks import evaluate
from aovpn_remediate.doctor.observed import (
    Certificate,
    Failure,
    LogonDetails,
    Observation,
    Reason,
    SessionFacts,
    Shell,
    Tls,
)
from aovpn_remediate.inventory.model import Auth, Connection, Credential, Host, SecretReference
from aovpn_remediate.reports.doctor import doctor_lines
from aovpn_remediate.results import Facts, InventorySource
from aovpn_remediate.results.examination import Check, Diagnosis, Finding, HostHealth, Level

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
GOOD_FACTS = Facts(
    name="NPS-01",
    powershell="5.1.20348.3453",
    language_mode="FullLanguage",
    os_build=20348,
    administrator=True,
    pending_reboot=(),
    domain="corp.example",
)

texts = st.text(max_size=200)
moments = st.datetimes(timezones=st.just(UTC))
numbers = st.floats()
facts = st.builds(
    Facts,
    powershell=st.none() | texts | st.from_regex(r"\d+\.\d+"),
    language_mode=st.none() | texts | st.just("FullLanguage"),
    os_build=st.none() | st.integers(),
    administrator=st.none() | st.booleans(),
    pending_reboot=st.none() | st.lists(texts, max_size=3).map(tuple),
    domain=st.none() | texts,
    unknown=st.dictionaries(st.sampled_from(["os_build", "domain", "time"]), texts),
)
failures = st.builds(Failure, st.sampled_from(Reason), texts)
certificates = st.builds(
    Certificate, texts, texts, st.lists(texts, max_size=3).map(tuple), moments, moments
)
observations = st.builds(
    Observation,
    at=moments,
    addresses=st.none() | st.lists(texts, max_size=3).map(tuple),
    port_open=st.booleans(),
    tls=st.none() | st.builds(Tls, st.none() | certificates, st.none() | failures),
    session=st.none() | st.builds(SessionFacts, facts, numbers, st.none() | numbers, numbers),
    logon=st.none()
    | st.builds(
        LogonDetails,
        st.none() | texts | st.sampled_from(["kerberos", "ntlm"]),
        st.none() | st.booleans(),
        st.none() | st.lists(st.builds(Shell, texts, numbers), max_size=25).map(tuple),
        texts,
    ),
    failure=st.none() | failures,
)
hosts = st.builds(
    Host,
    texts,
    connection=st.builds(
        Connection,
        transport=st.sampled_from(["psrp", "winrm", "local"]),
        scheme=st.sampled_from(["http", "https"]),
        auth=st.sampled_from(get_args(Auth)),
        encryption=st.sampled_from(["auto", "always", "never"]),
        verify=st.booleans(),
        address=st.none() | texts,
        proxy=st.none() | texts,
    ),
    credential=st.builds(Credential, username=st.none() | texts),
)


def document(*found: HostHealth, interrupted: bool = False) -> Diagnosis:
    return Diagnosis(
        made_at=NOW.isoformat(),
        inventory=InventorySource(path="fleet.yaml", digest=""),
        hosts=found,
        interrupted=interrupted,
    )


@given(hosts, observations)
def test_any_observation_can_be_evaluated(host: Host, observed: Observation) -> None:
    found = evaluate(host, observed)
    assert [finding.check for finding in found.findings] == list(Check)
    for finding in found.findings:
        assert finding.cure or finding.level is not Level.FAILED
        assert (finding.level in (Level.WARNING, Level.FAILED)) or not finding.cure
    assert observed.failure is None or found.level is Level.FAILED
    assert Diagnosis.model_validate(document(found).model_dump()).exit_code in (0, 1, 3)


@given(hosts, observations, st.booleans())
def test_any_result_fits_a_terminal(host: Host, observed: Observation, everything: bool) -> None:
    for line in doctor_lines(document(evaluate(host, observed)), 80, everything=everything):
        assert line.cell_len <= 80
        assert line.plain.isprintable()


def observation(**parts: Any) -> Observation:
    """Return an observation without problems, except for these parts."""
    no_problems = {
        "addresses": ("10.0.0.1",),
        "port_open": True,
        "session": SessionFacts(GOOD_FACTS, 1.0, 0.1, 0.2),
        "logon": LogonDetails("kerberos", encrypted=True, shells=()),
    }
    return Observation(at=NOW, **{**no_problems, **parts})


def a_host(**connection: Any) -> Host:
    password = SecretReference(env="X")
    credential = Credential(username=r"CORP\svc", password=password)
    settings = {"scheme": "http", "address": "nps-01.corp.example", **connection}
    return Host("nps-01", connection=Connection(**settings), credential=credential)


def finding_of(check: Check, host: Host | None = None, **parts: Any) -> Finding:
    return evaluate(host or a_host(), observation(**parts))[check]


def session_facts(**facts: Any) -> SessionFacts:
    return SessionFacts(GOOD_FACTS.model_copy(update=facts), 1.0, 0.1, 0.2)


def test_each_reason_has_a_text_and_a_fix() -> None:
    assert set(cures.BY_REASON) == set(Reason)
    for reason in Reason:
        found = evaluate(a_host(), Observation(at=NOW, failure=Failure(reason, "what was said")))
        [failed] = [f for f in found.findings if f.level is Level.FAILED]
        assert failed.found.startswith("what was said")
        assert "$" not in failed.cure


def test_kerberos_is_no_problem() -> None:
    found = evaluate(a_host(), observation())
    assert found.level is Level.OK
    assert found[Check.LOGON].found == "Kerberos"
    assert found[Check.NAME].found == "nps-01.corp.example resolves to 10.0.0.1"


@pytest.mark.parametrize(
    ("domain", "address", "level"),
    [
        ("corp.example", "nps-01.corp.example", Level.WARNING),
        (None, "nps-01", Level.OK),
        ("corp.example", "fd00::1", Level.OK),
    ],
)
def test_ntlm_where_negotiate_was_asked_for(domain: str, address: str, level: Level) -> None:
    details = LogonDetails("ntlm", encrypted=True, shells=())
    found = finding_of(
        Check.LOGON, a_host(address=address), logon=details, session=session_facts(domain=domain)
    )
    assert found.level is level
    asked = finding_of(Check.LOGON, a_host(auth="ntlm"), logon=details)
    assert (asked.level, asked.found) == (Level.OK, "NTLM")


def test_a_command_shell_without_a_password_is_kerberos() -> None:
    host = Host("x", connection=Connection(transport="winrm", scheme="http"))
    assert finding_of(Check.LOGON, host, logon=None).found == "Kerberos"


def test_many_shells() -> None:
    own = [Shell(r"CORP\SVC", 60.0), Shell("svc@corp.example", 7200.0)] * 10
    details = LogonDetails("kerberos", encrypted=True, shells=(*own, Shell(r"CORP\another", 9e9)))
    found = finding_of(Check.SHELLS, logon=details)
    assert (found.level, found.value) == (Level.WARNING, 20)
    assert found.found.startswith("20 shells of this user open, the oldest for 120 min")
    assert "MaxShellsPerUser" in found.cure


def test_a_session_that_opens_slowly() -> None:
    found = finding_of(Check.OPENING, session=SessionFacts(GOOD_FACTS, 31.0, 0.0, 0.0))
    assert (found.level, found.found) == (Level.WARNING, "opened in 31.0 s")
    assert r"profile of CORP\svc" in found.cure


def test_a_slow_answer_does_not_make_the_clock_wrong() -> None:
    assert (
        finding_of(Check.CLOCK, session=SessionFacts(GOOD_FACTS, 1.0, 70.0, 20.0)).level is Level.OK
    )
    assert (
        finding_of(Check.CLOCK, session=SessionFacts(GOOD_FACTS, 1.0, 70.0, 1.0)).level
        is Level.WARNING
    )


@pytest.mark.parametrize(
    ("version", "level"),
    [
        ("4.0", Level.FAILED),
        ("5.0.10586.0", Level.FAILED),
        ("5.1.1", Level.OK),
        ("7.4.6", Level.OK),
    ],
)
def test_the_version_of_powershell(version: str, level: Level) -> None:
    assert finding_of(Check.POWERSHELL, session=session_facts(powershell=version)).level is level


@pytest.mark.parametrize(
    ("fact", "check"),
    [
        ("powershell", Check.POWERSHELL),
        ("language_mode", Check.LANGUAGE),
        ("administrator", Check.RIGHTS),
        ("name", Check.IDENTITY),
        ("pending_reboot", Check.REBOOT),
    ],
)
def test_a_fact_that_the_host_does_not_report_is_a_warning(fact: str, check: Check) -> None:
    found = finding_of(
        check, session=session_facts(**{fact: None, "unknown": {fact: "it would not"}})
    )
    assert found.level is Level.WARNING
    assert found.found.endswith("could not be read: it would not")


@pytest.mark.parametrize(("days", "level"), [(20.9, Level.WARNING), (21.1, Level.OK)])
def test_the_days_of_a_certificate(days: float, level: Level) -> None:
    begins = NOW - timedelta(days=1)
    shown = Certificate("a", "b", (), begins, NOW + timedelta(days=days))
    assert finding_of(Check.TLS, a_host(scheme="https"), tls=Tls(shown)).level is level


@pytest.mark.parametrize(
    ("levels", "code"),
    [
        ((), 0),
        ((Level.OK, Level.SKIPPED), 0),
        ((Level.OK, Level.WARNING), 3),
        ((Level.WARNING, Level.FAILED), 1),
    ],
)
def test_the_exit_code(levels: tuple[Level, ...], code: int) -> None:
    found = [
        HostHealth(host="x", findings=(Finding(check=Check.NAME, level=level),)) for level in levels
    ]
    assert document(*found).exit_code == code
    assert document(*found, interrupted=True).exit_code == 130
