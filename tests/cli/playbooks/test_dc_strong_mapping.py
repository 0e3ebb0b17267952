from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aovpn_remediate.lab.windows.model import HostSeed, OsSeed
from aovpn_remediate.lab.windows.roles import domain_controller, nps
from tests.cli.conftest import Fleet, work

_NAME = "dc-strong-mapping"


def _patched(ubr: int, enforcement: int | str | None, **more: Any) -> HostSeed:
    seed = domain_controller("DC", enforcement=enforcement)
    system = OsSeed(build=20348, ubr=ubr, product_type="LanmanNT")
    return seed.model_copy(update={"os": system, **more})


@pytest.fixture
def fleet(make_fleet: Callable[..., Fleet]) -> Fleet:
    """Dead, dangerous, right, one that tells nothing, and one that is no domain controller."""
    unreadable = HostSeed.model_validate(
        {"name": "DC", "os": {"product_type": "LanmanNT"}}
        | {"quirks": {"unreadable": {"strong_mapping": "denied"}}}
    )
    made = make_fleet(
        dc_01=_patched(5761, 1),
        dc_02=_patched(3453, 0),
        dc_03=_patched(3453, 2),
        dc_04=unreadable,
        nps_01=nps("NPS-01"),
    )
    text = (made.folder / "fleet.yaml").read_text()
    (made.folder / "fleet.yaml").write_text(text.replace("  dc:", "  domain_controller:"))
    return made


def run(verb: str, *words: str) -> tuple[int, str]:
    done = work(verb, _NAME, "-i", "fleet.yaml", *words)
    return done.exit_code, " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("dc-01", "StrongCertificateBindingEnforcement 1 is dead: since the updates of September"),
        ("dc-02", "StrongCertificateBindingEnforcement 0 is dangerous: it does not ask for a"),
    ],
)
def test_a_value_is_dead_or_dangerous_by_the_updates(fleet: Fleet, host: str, said: str) -> None:
    code, shown = run("plan", "--limit", host)
    assert code == 3
    assert said in shown
    assert run("verify", "--limit", host)[0] == 3
    assert run("apply", "--limit", host, "--yes")[0] == 3
    assert fleet.windows.sets == []


@pytest.mark.usefixtures("fleet")
def test_full_enforcement_is_right() -> None:
    assert run("plan", "--limit", "dc-03")[0] == 0
    assert run("verify", "--limit", "dc-03")[0] == 0


@pytest.mark.usefixtures("fleet")
def test_what_cannot_be_read_is_told() -> None:
    code, said = run("plan", "--limit", "dc-04")
    assert (code, "denied" in said) == (1, True)


def test_another_server_is_left_alone(fleet: Fleet) -> None:
    path = fleet.folder / "fleet.yaml"
    path.write_text(path.read_text().replace("  nps:", "  domain_controller:", 1))
    path.write_text(path.read_text().replace("  domain_controller:", "  old:", 1))
    code, said = run("plan", "--limit", "nps-01")
    assert code == 0
    assert "does not have the role domain_controller" in said
