from __future__ import annotations

from collections.abc import Callable

import pytest

from aovpn_remediate.lab.windows.model import AnswerSeed
from aovpn_remediate.lab.windows.roles import VPN_POLICY, nps
from tests.cli.conftest import Fleet, work

_NAME = "nps-allowed-certificate-oid"
_OID = "1.3.6.1.4.1.311.87"
_THROWS = "NPS does not tell its network policies; reading them needs an administrator: denied"


@pytest.fixture
def fleet(make_fleet: Callable[..., Fleet]) -> Fleet:
    """One that admits any certificate, one that is right, and one that tells nothing."""
    refused = {"nps_policy": (AnswerSeed(throws=_THROWS),)}
    return make_fleet(
        nps_01=nps("NPS-01"),
        nps_02=nps("NPS-02", certificate_oids=(_OID,)),
        nps_03=nps("NPS-03").model_copy(update={"answers": refused}),
    )


def run(verb: str, host: str, policy: str = VPN_POLICY) -> tuple[int, str]:
    words = ("-i", "fleet.yaml", "--limit", host, "-e", f"vpn_policy={policy}")
    done = work(verb, _NAME, *words, *(("--yes",) if verb == "apply" else ()))
    return done.exit_code, done.stdout


def test_a_policy_that_admits_any_certificate_is_for_a_person(fleet: Fleet) -> None:
    code, said = run("plan", "nps-01")
    assert code == 3
    assert "! policy  network policy VPN users  any OID, should be " in said
    assert f"Settings > Vendor Specific > Add > Allowed-Certificate-OID > Add, enter {_OID}" in said
    assert "clients whose certificate lacks it cannot connect" in said
    assert run("verify", "nps-01")[0] == 3
    assert run("apply", "nps-01")[0] == 3
    assert fleet.windows.sets == []


@pytest.mark.usefixtures("fleet")
def test_a_policy_that_is_right_is_compliant() -> None:
    assert run("plan", "nps-02")[0] == 0
    assert run("verify", "nps-02")[0] == 0


@pytest.mark.usefixtures("fleet")
def test_a_policy_that_is_not_there_is_named() -> None:
    code, said = run("plan", "nps-02", "it's not there")
    assert code == 3
    assert "there is no network policy it's not there: check its name" in said


@pytest.mark.usefixtures("fleet")
def test_a_host_that_tells_nothing_could_not_be_read() -> None:
    code, said = run("plan", "nps-03")
    assert code == 1
    assert _THROWS in said


@pytest.mark.usefixtures("fleet")
def test_a_policy_has_to_be_named() -> None:
    done = work("plan", _NAME, "-i", "fleet.yaml")
    assert done.exit_code == 2
    assert "the variable vpn_policy is undefined" in done.stderr
