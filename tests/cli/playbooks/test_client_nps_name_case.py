"""client-nps-name-case: planned, applied, verified and rolled back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aovpn_remediate.lab.windows.roles import client
from aovpn_remediate.lab.windows.vpn_connections import NPS_NAME, VPN_CONNECTION
from tests.cli.conftest import Fleet, document, work

_NAME = "client-nps-name-case"
_CAPITALS = NPS_NAME.upper()
_HOW = ("-i", "fleet.yaml", "-e", f"vpn_connection={VPN_CONNECTION}")
_GIVEN = (*_HOW, "-e", f'nps_names:=["{NPS_NAME}"]')


@pytest.fixture
def fleet(make_fleet: Callable[..., Fleet]) -> Fleet:
    """One to correct, one whose Windows ignores case, one that is managed."""
    return make_fleet(
        client_01=client("CLIENT-01", nps_name=_CAPITALS, build=22000),
        client_02=client("CLIENT-02", nps_name=_CAPITALS, build=22621),
        client_03=client("CLIENT-03", nps_name=_CAPITALS, build=22000, managed_by="MDM"),
    )


def test_there_and_back(fleet: Fleet) -> None:
    before = fleet.snapshot("client-01")
    one = (*_GIVEN, "--limit", "client-01")
    planned = work("plan", _NAME, *one)
    assert planned.exit_code == 3, planned.output
    shown = " ".join(planned.stdout.split())
    assert f"PEAP {_CAPITALS}, EAP-TLS {_CAPITALS} -> PEAP {NPS_NAME}, EAP-TLS {NPS_NAME}" in shown
    assert "nothing is disconnected" in shown

    done = work("apply", _NAME, *one, "--yes", "--format", "json")
    assert done.exit_code == 0, done.output
    run = document(done)
    [step] = run["hosts"][0]["steps"]
    assert step["before"]["eap"].count(f"<ServerNames>{_CAPITALS}</ServerNames>") == 2
    assert step["after"]["eap"].count(f"<ServerNames>{NPS_NAME}</ServerNames>") == 2
    assert work("verify", _NAME, *one).exit_code == 0
    assert work("plan", _NAME, *one).exit_code == 0, "it is applied once"
    assert work("rollback", run["id"], "-i", "fleet.yaml", "--yes").exit_code == 0
    assert fleet.snapshot("client-01") == before


@pytest.mark.usefixtures("fleet")
def test_a_windows_that_ignores_case_is_compliant_and_says_so() -> None:
    planned = work("plan", _NAME, *_GIVEN, "--limit", "client-02", "--format", "json")
    assert planned.exit_code == 0
    [step] = document(planned)["hosts"][0]["steps"]
    assert "which Windows build 22621 ignores" in step["notes"][0]


@pytest.mark.usefixtures("fleet")
def test_names_that_are_not_given_are_left() -> None:
    words = (*_HOW, "-e", 'nps_names:=["other.example"]', "--limit", "client-01")
    planned = work("plan", _NAME, *words, "--format", "json")
    assert planned.exit_code == 0
    [step] = document(planned)["hosts"][0]["steps"]
    assert f"{_CAPITALS} of PEAP is none of the names given, and is left alone" in step["notes"]


def test_a_managed_profile_is_for_its_source_unless_told(fleet: Fleet) -> None:
    before = fleet.snapshot("client-03")
    one = (*_GIVEN, "--limit", "client-03", "--yes")
    work("apply", _NAME, *one)
    assert fleet.snapshot("client-03") == before
    planned = work("plan", _NAME, *one[:-1])
    assert "fix at source: this client is managed (MDM)" in " ".join(planned.stdout.split())
    done = work("apply", _NAME, *one, "-e", "even_if_managed:=true")
    assert done.exit_code == 0, done.output
