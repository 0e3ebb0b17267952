"""rras-netsh-health: right, wrong and unreadable hosts, planned and verified."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aovpn_remediate.lab.windows.model import AnswerSeed
from aovpn_remediate.lab.windows.roles import rras
from tests.cli.conftest import Fleet, document, work

_PLAYBOOK = "rras-netsh-health"


def steps(plan: Any) -> dict[str, tuple[str, str]]:
    """The action of the only step of each host, and the reason."""
    return {host["host"]: (step["action"], step["reason"]) for host, step in _each(plan)}


def _each(plan: Any) -> list[tuple[Any, Any]]:
    return [(host, step) for host in plan["hosts"] for step in host["steps"]]


def test_each_server_is_asked_and_a_broken_one_needs_a_person(
    make_fleet: Callable[..., Fleet],
) -> None:
    denied = "netsh ras refuses this account: reading it needs an administrator of the host"
    fleet = make_fleet(
        rras_01=rras("RRAS-01", year=2022),
        rras_02=rras("RRAS-02", year=2025),
        rras_03=rras("RRAS-03").model_copy(
            update={"answers": {"netsh_health": (AnswerSeed(throws=denied),)}}
        ),
    )
    for verb in ("plan", "verify"):
        done = work(verb, _PLAYBOOK, "-i", "fleet.yaml", "--format", "json")
        found = steps(document(done))
        assert found["rras-01"] == ("none", "")
        assert found["rras-02"][0] == "manual"
        assert "use the RemoteAccess cmdlets" in found["rras-02"][1]
        assert found["rras-03"] == ("none", denied)
        assert done.exit_code != 0
    told = work("plan", _PLAYBOOK, "-i", "fleet.yaml", "--limit", "rras-02").stdout
    assert "broken: Win32 error 1702, the binding handle is invalid" in told
    assert fleet.windows.sets == []


def test_a_server_that_works_is_compliant(make_fleet: Callable[..., Fleet]) -> None:
    make_fleet(rras_01=rras("RRAS-01", year=2022))
    assert work("plan", _PLAYBOOK, "-i", "fleet.yaml").exit_code == 0
