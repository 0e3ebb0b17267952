"""Several steps on one right and on the ports of one server: in any order, there and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import aovpn_remediate as aovpn
from tests.engine.conftest import statuses
from tests.powershell.arranged import STORE, store
from tests.powershell.conftest import EngineLab
from tests.powershell.host import EngineHost

_RIGHT, _STAYS = "SeServiceLogonRight", "S-1-5-32-544"
_SVC, _SVC_SID = r"CORP\svc-conn", "S-1-5-21-1-2-3-1602"
_ORPHAN = "S-1-5-21-9-9-9-500"
_ROUTER: dict[str, Any] = {
    "Ikev2Ports": 5,
    "SstpPorts": 6,
    "L2tpPorts": 7,
    "GrePorts": 8,
    "IdleDisconnect": 300,
    "SALifeTime": 28800,
    "MMSALifeTime": 86400,
    "SADataSizeForRenegotiation": 1024000,
    "EncryptionType": "RequireEncryption",
    "Sessions": 0,
    "Fails": None,
}
_BOOKS: dict[str, list[dict[str, Any]]] = {
    "orphan-off": [{"user_right": {"right": _RIGHT, "accounts": [_ORPHAN], "held": False}}],
    "account-on": [{"user_right": {"right": _RIGHT, "accounts": [_SVC]}}],
    "both-on": [{"user_right": {"right": _RIGHT, "accounts": [_STAYS, _SVC]}}],
    "ikev2": [{"vpn_server_ports": {"ikev2": 100, "sstp": 90}}],
    "sstp": [{"vpn_server_ports": {"sstp": 90, "l2tp": 80}}],
    "gre": [{"vpn_server_ports": {"gre": 70}}],
}
_SET_BACK = aovpn.Restart()
"""No restart: there is no RemoteAccess here."""


def _state(host: EngineHost) -> tuple[list[str], dict[str, int]]:
    """Who holds the right, and the counts of ports."""
    held = host.run(f"(Get-ItemProperty '{STORE}\\UserRights').{_RIGHT}")
    [router] = host.run(f"(Get-ItemProperty '{STORE}\\RemoteAccess').State")
    counts = {k: v for k, v in json.loads(router).items() if k.endswith("Ports")}
    return sorted(held), counts


@pytest.mark.parametrize("turned", [False, True], ids=["in order", "the other way round"])
def test_steps_on_one_thing_there_and_back(
    stand_ins: EngineHost, windows_lab: EngineLab, tmp_path: Path, *, turned: bool
) -> None:
    stand_ins.run(store("Accounts", _SVC, _SVC_SID))
    stand_ins.run(store("UserRights", _RIGHT, [_STAYS, _ORPHAN]))
    stand_ins.run(store("RemoteAccess", "State", json.dumps(_ROUTER)))
    was = _state(stand_ins)
    books = []
    for name, steps in _BOOKS.items():
        path = tmp_path / f"{name}.yaml"
        whole = [{"id": "only", **step} for step in steps]
        book = {"name": name, "summary": "A part.", "hosts": "servers", "steps": whole}
        path.write_text(yaml.safe_dump(book))
        books.append(path)
    inventory = windows_lab.inventory()
    journal = aovpn.Journal(f"sqlite:///{tmp_path / 'journal.sqlite'}")
    try:
        plan = aovpn.plan(list(reversed(books)) if turned else books, inventory, journal=journal)
        run = aovpn.apply(plan, inventory, journal=journal, permit=_SET_BACK)
        assert set(statuses(run)["engine"]) <= {"changed", "unchanged"}, run.hosts[0].steps
        assert _state(stand_ins) == (
            sorted([_STAYS, _SVC_SID]),
            {"Ikev2Ports": 100, "SstpPorts": 90, "L2tpPorts": 80, "GrePorts": 70},
        )
        back = aovpn.rollback([run.id], inventory, journal=journal, permit=_SET_BACK)
        assert set(statuses(back)["engine"]) <= {"changed", "unchanged"}, back.hosts[0].steps
        assert _state(stand_ins) == was
    finally:
        journal.close()
