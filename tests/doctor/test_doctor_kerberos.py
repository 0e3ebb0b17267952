"""The protocol of the logon with a real KDC, that of the tests of the transports."""

from __future__ import annotations

from pathlib import Path

import pytest

from aovpn_remediate.doctor.examine import examine_fleet
from aovpn_remediate.engine.connect import Connector
from aovpn_remediate.engine.control import Control, Stop
from aovpn_remediate.inventory.model import Connection, Credential, Host
from aovpn_remediate.lab.server import Lab
from aovpn_remediate.results.examination import Check, HostHealth, Level
from tests.transports import test_kerberos as kerberos

pytestmark = kerberos.pytestmark
realm, lab = kerberos.realm, kerberos.lab


def examined(lab: Lab, auth: str, address: str = "localhost") -> HostHealth:
    connection = Connection.model_validate(
        {"address": address, "scheme": "http", "port": lab.port, "auth": auth}
    )
    host = Host("nps-01", connection=connection, credential=Credential())
    connector = Connector([host], Control())
    [found] = examine_fleet([host], connector, workers=1, stop=Stop(), watch=lambda *_: None)
    return found


@pytest.mark.parametrize("auth", ["kerberos", "negotiate"])
def test_kerberos_is_recognized(realm: Path, lab: Lab, auth: str) -> None:
    del realm
    kerberos._run(["kinit", "labadmin"], stdin=f"{kerberos._PASSWORD}\n")
    found = examined(lab, auth)
    assert found.level is Level.OK
    assert found[Check.LOGON].found == "Kerberos"
    assert found[Check.ENCRYPTION].found == "encrypted messages"


def test_a_missing_ticket(realm: Path, lab: Lab) -> None:
    del realm
    found = examined(lab, "kerberos")[Check.LOGON]
    assert found.level is Level.FAILED
    assert found.cure.startswith("run kinit")


def test_an_unknown_service(realm: Path, lab: Lab) -> None:
    del realm
    kerberos._run(["kinit", "labadmin"], stdin=f"{kerberos._PASSWORD}\n")
    found = examined(lab, "kerberos", address="127.0.0.1")[Check.LOGON]
    assert found.level is Level.FAILED
    assert "setspn -Q HOST/127.0.0.1" in found.cure
