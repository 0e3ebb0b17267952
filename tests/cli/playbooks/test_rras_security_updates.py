from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aovpn_remediate.lab.windows.model import HostSeed, OsSeed
from aovpn_remediate.lab.windows.roles import rras
from tests.cli.conftest import Fleet, document, work

_NAME = "rras-security-updates"
_PACKAGE = (
    r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
    r"\Update\TargetingInfo\DynamicInstalled\Hotpatch.amd64"
)


def _server(name: str, build: int, ubr: int, **more: Any) -> HostSeed:
    seed = rras(name).model_dump(exclude_unset=True)
    seed["registry"] = {**seed["registry"], **more.pop("registry", {})}
    return HostSeed.model_validate({**seed, "os": OsSeed(build=build, ubr=ubr), **more})


@pytest.fixture
def fleet(make_fleet: Callable[..., Fleet]) -> Fleet:
    """Updates missing, all there, hotpatched, of an unknown build, and one that tells nothing."""
    enrolled = {_PACKAGE: {"Name": {"string": "Hotpatch Enrollment Package"}}}
    return make_fleet(
        rras_01=_server("RRAS-01", 20348, 3453),
        rras_02=_server("RRAS-02", 20348, 5761),
        rras_03=_server("RRAS-03", 26100, 32800, registry=enrolled),
        rras_04=_server("RRAS-04", 29000, 1),
        rras_05=_server("RRAS-05", 20348, 1, quirks={"unreadable": {"security_floors": "denied"}}),
        rras_06=_server("RRAS-06", 25398, 9999),
    )


def run(verb: str, host: str) -> tuple[int, str]:
    words = ("-i", "fleet.yaml", "--limit", host, *(("--yes",) if verb == "apply" else ()))
    done = work(verb, _NAME, *words)
    return done.exit_code, " ".join(done.stdout.split())


def test_missing_updates_are_for_a_person(fleet: Fleet) -> None:
    code, said = run("plan", "rras-01")
    assert code == 3
    assert "20348.3453, open: CVE-2025-59230, CVE-2026-21525, CVE-2026-33824 and 2" in said
    assert "install the update of 2026-10 (20348.5761) or a later one" in said
    assert "CVE-2026-33824 of 2026-04-14 (IKEEXT: remote code execution, double free," in said
    assert "KB5082142" in said
    assert run("verify", "rras-01")[0] == 3
    assert run("apply", "rras-01")[0] == 3
    assert fleet.windows.sets == []


@pytest.mark.usefixtures("fleet")
def test_a_server_with_all_updates_is_compliant() -> None:
    assert run("plan", "rras-02")[0] == 0
    assert run("verify", "rras-02")[0] == 0


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("rras-03", "26100.32800 is newer than the table of hotpatches"),
        ("rras-04", "no floors are known for a Windows server of build 29000"),
        ("rras-05", "denied"),
    ],
)
def test_what_cannot_be_told_is_not_compliant(host: str, why: str) -> None:
    code, said = run("plan", host)
    assert code == 1
    assert why in said
    assert run("verify", host)[0] == 1


@pytest.mark.usefixtures("fleet")
def test_a_windows_without_support_is_told() -> None:
    code, said = run("plan", "rras-06")
    assert code == 3
    assert "Windows Server 23H2 gets no fixes after 2026-05: move to a later Windows" in said


@pytest.mark.usefixtures("fleet")
def test_the_document_has_every_open_cve() -> None:
    plan = document(
        work("plan", _NAME, "-i", "fleet.yaml", "--limit", "rras-01", "--format", "json")
    )
    [step] = plan["hosts"][0]["steps"]
    assert step["action"] == "manual"
    assert step["before"]["product"] == "ws2022"
    assert len(step["before"]["open"]) > 20
    assert step["after"] == {"product": "ws2022", "build": "20348.5761", "open": []}
