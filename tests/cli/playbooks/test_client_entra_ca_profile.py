"""client-entra-ca-profile: it only reads, and says what to change."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aovpn_remediate.lab.windows.roles import client
from aovpn_remediate.lab.windows.vpn_connections import USER_CONNECTION
from tests.cli.conftest import Fleet, document, work

_NAME = "client-entra-ca-profile"
_HOW = ("-i", "fleet.yaml", "-e")


@pytest.fixture
def fleet(make_fleet: Callable[..., Fleet]) -> Fleet:
    return make_fleet(client_01=client("CLIENT-01", managed_by="MS DM Server"))


@pytest.mark.parametrize("verb", ["plan", "verify"])
def test_what_to_change_is_said_and_nothing_is_set(fleet: Fleet, verb: str) -> None:
    done = work(verb, _NAME, *_HOW, f"vpn_user_connection={USER_CONNECTION}")
    assert done.exit_code == 3, done.output
    shown = " ".join(done.stdout.split())
    assert "DeviceCompliance with Enabled true, behind TrustedNetworkDetection" in shown
    assert "this client is managed (MS DM Server)" in shown
    assert "nps-allowed-certificate-oid: it locks out clients" in shown
    assert fleet.windows.sets == []


@pytest.mark.usefixtures("fleet")
def test_a_connection_in_no_phone_book_could_not_be_read() -> None:
    done = work("plan", _NAME, *_HOW, "vpn_user_connection=Other", "--format", "json")
    [step] = document(done)["hosts"][0]["steps"]
    assert not step["readable"]
    assert step["reason"].startswith("No phone book of a user that can be read here")
