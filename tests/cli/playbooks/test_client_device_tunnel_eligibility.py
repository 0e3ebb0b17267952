"""client-device-tunnel-eligibility: clients that are eligible, that are not, that do not tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aovpn_remediate.lab.windows.model import HostSeed
from aovpn_remediate.lab.windows.roles import client
from tests.cli.conftest import Fleet, document, work

_PLAYBOOK = "client-device-tunnel-eligibility"


def _client(edition: str, **more: Any) -> HostSeed:
    seed = client("PC")
    os = seed.os.model_copy(update={"edition": edition})
    return seed.model_copy(update={"os": os, **more})


def test_each_client_is_told_apart(make_fleet: Callable[..., Fleet]) -> None:
    fleet = make_fleet(
        client_1=_client("Enterprise"),
        client_2=_client("Professional"),
        client_3=_client("Education", domain=None),
        client_4=_client("CloudEdition"),
    )
    for verb in ("plan", "verify"):
        done = work(verb, _PLAYBOOK, "-i", "fleet.yaml", "--format", "json")
        found = {
            host["host"]: (step["action"], step["readable"], step["reason"])
            for host in document(done)["hosts"]
            for step in host["steps"]
        }
        assert found["client-1"] == ("none", True, "")
        assert found["client-2"][0] == "manual"
        assert "upgrade the edition to Enterprise or Education" in found["client-2"][2]
        assert found["client-3"][0] == "manual"
        assert "join the computer to a domain" in found["client-3"][2]
        assert found["client-4"][:2] == ("none", False)
        assert "the edition CloudEdition is not known here" in found["client-4"][2]
        assert done.exit_code != 0
    told = work("plan", _PLAYBOOK, "-i", "fleet.yaml", "--limit", "client-2").stdout
    assert "Professional, build 26100, in a domain" in told
    assert fleet.windows.sets == []
