from __future__ import annotations

from collections.abc import Callable

import pytest

from aovpn_remediate.lab.windows.mfa_extension import ENDPOINTS, TENANT_ID, with_mfa_extension
from aovpn_remediate.lab.windows.model import AnswerSeed, ValueSeed
from aovpn_remediate.lab.windows.registry import long_path
from aovpn_remediate.lab.windows.roles import nps
from tests.cli.conftest import Fleet, document, work

_NAME = "nps-mfa-extension"
_TLS = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client"
_SWIFT = ("--poll", "0.02", "--stable-for", "0.01", "--settle-timeout", "10")


@pytest.fixture
def fleet(make_fleet: Callable[..., Fleet]) -> Fleet:
    """One that is right, one with every fault, one with a token error alone, one unreadable."""
    bad = with_mfa_extension(
        nps("NPS-02"),
        hours_since_error=1,
        days_left=20,
        expired=2,
        readable=False,
        user_match="FALSE",
        unreached=ENDPOINTS[1:2],
    )
    tls = {"Enabled": ValueSeed(dword=0), "DisabledByDefault": ValueSeed(dword=1)}
    bad = bad.model_copy(update={"registry": {**bad.registry, long_path(_TLS): tls}})
    token = with_mfa_extension(nps("NPS-03"), hours_since_error=1, user_match="TRUE")
    closed = with_mfa_extension(nps("NPS-04"))
    denied = {kind: (AnswerSeed(throws="Access is denied."),) for kind in ("certificate", "event")}
    closed = closed.model_copy(update={"answers": {**closed.answers, **denied}})
    right = with_mfa_extension(nps("NPS-01"), hours_since_error=1000)
    return make_fleet(nps_01=right, nps_02=bad, nps_03=token, nps_04=closed, nps_05=nps("NPS-05"))


def run(verb: str, host: str, *words: str) -> tuple[int, str]:
    done = work(verb, _NAME, "-i", "fleet.yaml", "--limit", host, *words)
    return done.exit_code, done.stdout


@pytest.mark.usefixtures("fleet")
def test_a_server_that_is_right_is_compliant() -> None:
    for verb in ("plan", "verify"):
        assert run(verb, "nps-01", "-e", f"tenant_id={TENANT_ID.upper()}")[0] == 0
    code, said = run("plan", "nps-01", "-e", "tenant_id=00000000-0000-0000-0000-000000000000")
    assert code == 3
    assert "issue or import a certificate CN=00000000-0000-0000-0000-000000000000" in said


@pytest.mark.usefixtures("fleet")
def test_each_fault_is_told_with_what_to_do() -> None:
    code, said = run("plan", "nps-02")
    assert code == 3
    words = " ".join(said.split())
    for part in (
        "! certificate certificate OU=Microsoft NPS Extension in My ends too soon (",
        "private key not readable by S-1-5-20, 2 expired beside it, should be valid for 30 days",
        "renew it: it ends too soon",
        "let S-1-5-20 read its private key",
        "delete the expired ones: ",
        "! user-match ",
        "users who are not registered for MFA may connect without it",
        "~ tls12-enabled ",
        "~ tls12-default ",
        "dword 1 -> dword 0 then reboot",
        "! reach TCP 443 to login.microsoftonline.com and 3 more credentials.azure.com: no answer",
        "let the host through to credentials.azure.com on TCP 443",
        "~ token-error event 3 “ESTS_TOKEN_ERROR” in AuthZAdminCh logged ",
        "none since IAS started then restart IAS",
        "Azure Multi-Factor Auth Client (981f26a1-7f43-403b-a875-f8b09b8cd720)",
        "Azure Multi-Factor Auth Connector (1f5530b3-261a-47a9-b357-ded261e17918)",
    ):
        assert part in words, f"{part}\n{said}"


def test_a_token_error_is_applied_verified_and_leaves_nothing_to_roll_back(fleet: Fleet) -> None:
    assert run("plan", "nps-03")[0] == 3
    assert run("apply", "nps-03", "--yes", *_SWIFT)[0] == 3
    assert run("verify", "nps-03")[0] == 3
    done = work(
        "apply",
        _NAME,
        "-i",
        "fleet.yaml",
        "--limit",
        "nps-03",
        "--yes",
        "--allow-restart",
        "--format",
        "json",
        *_SWIFT,
    )
    assert done.exit_code == 0, done.output
    [host] = document(done)["hosts"]
    steps = {step["id"].partition("/")[2]: step["status"] for step in host["steps"]}
    assert steps["token-error"] == "changed"
    assert [(one["what"], one["status"]) for one in host["restarts"]] == [("IAS", "done")]
    assert fleet.windows.sets == []
    assert run("verify", "nps-03")[0] == 0
    back = work("rollback", "last", "-i", "fleet.yaml", "--yes")
    assert back.exit_code == 2
    assert "nothing to roll back" in back.stderr


def test_tls_is_set_and_set_back_and_the_rest_is_left_to_a_person(fleet: Fleet) -> None:
    words = ("--yes", "--allow-restart", "--allow-reboot", *_SWIFT)
    assert run("apply", "nps-02", *words)[0] == 3
    assert [one.step for one in fleet.windows.sets] == [
        f"{_NAME}/tls12-enabled",
        f"{_NAME}/tls12-default",
    ]
    code, said = run("verify", "nps-02")
    assert code == 3
    for step in ("tls12-enabled", "tls12-default", "token-error"):
        assert f"    {step}" in said
    back = work("rollback", "last", "-i", "fleet.yaml", *words)
    assert back.exit_code == 0, back.output
    assert "~ tls12-enabled" in run("plan", "nps-02")[1]


@pytest.mark.usefixtures("fleet")
def test_what_cannot_be_read_is_said_and_nothing_is_restarted() -> None:
    code, said = run("plan", "nps-04")
    assert code == 1
    assert said.count("Access is denied.") == 2


@pytest.mark.usefixtures("fleet")
def test_a_server_without_the_extension_is_not_concerned() -> None:
    code, said = run("plan", "nps-05")
    assert code == 0
    assert r"key HKLM\SOFTWARE\Microsoft\AzureMfa: absent" in said
