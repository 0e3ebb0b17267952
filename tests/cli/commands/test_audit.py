"""`audit`: every shipped playbook of the roles that hosts have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aovpn_remediate.cli.commands.audit import ROLE_NAMES
from aovpn_remediate.lab.windows.roles import connector, nps, rras
from aovpn_remediate.playbook.loader import load_playbook, shipped_playbooks
from aovpn_remediate.resources.roles import ROLES
from aovpn_remediate.results import Audit
from tests.cli.conftest import NPS, RRAS, Fleet, document, work

_STEP = f"{RRAS}/fragmentation"


def _page(text: str, host: str) -> list[str]:
    """The lines of one host."""
    return next(page for page in text.split("\n\n") if page.startswith(host)).splitlines()


def test_each_host_has_a_page_of_its_roles(fleet: Fleet) -> None:
    done = work("audit", "-i", "fleet.yaml", "-e", "vpn_policy=VPN users")
    assert done.exit_code == 3, done.output
    page = _page(done.stdout, "rras-01")
    assert page[0].startswith("rras-01  Windows Server 2022")
    assert "  Not compliant" in page
    [found] = [line for line in page if _STEP in line and "should be" in line]
    assert found.endswith("EnableServerFragmentation  absent, should be dword 1")
    [well] = [line for line in page if line.startswith("  Compliant")]
    assert "rras-port-counts/ports" in well
    assert not [line for line in page if NPS in line]
    assert f"{NPS}/eap-13" in _page(done.stdout, "nps-02")[1]
    assert fleet.windows.sets == []


@pytest.mark.usefixtures("fleet")
def test_one_role_alone() -> None:
    done = work("audit", "-i", "fleet.yaml", "--role", "nps")
    assert RRAS not in done.stdout
    assert _page(done.stdout, "rras-01")[1] == "  does not have the role nps"
    two = work("audit", "-i", "fleet.yaml", "--role", "nps", "--role", "client", "--limit", "rras")
    assert two.exit_code == 0
    assert _page(two.stdout, "rras-01")[1] == "  has none of the roles nps, client"


def test_the_host_decides_which_roles_it_has(make_fleet: Callable[..., Fleet]) -> None:
    """A group says nothing: the names of groups are the inventory's."""
    make_fleet(servers_01=rras("SERVERS-01"), servers_02=nps("SERVERS-02"))
    done = work("audit", "-i", "fleet.yaml")
    assert any(_STEP in line for line in _page(done.stdout, "servers-01"))
    assert any(NPS in line for line in _page(done.stdout, "servers-02"))


def test_a_playbook_without_its_variables_could_not_be_judged(
    make_fleet: Callable[..., Fleet],
) -> None:
    make_fleet(connector_01=connector("CONNECTOR-01"))
    book = "connector-logon-as-service"
    done = work("audit", "-i", "fleet.yaml")
    assert done.exit_code == 1
    page = _page(done.stdout, "connector-01")
    place = page.index("  Could not be read")
    assert book in page[place + 1]
    assert page[place + 2].strip() == "give connector_account in the inventory or with -e"
    given = work("audit", "-i", "fleet.yaml", "-e", r"connector_account=CORP\svc-connector")
    assert f"{book}/logon-as-service" in given.stdout
    assert "Could not be read" not in given.stdout


def test_a_host_that_cannot_be_read_is_asked_once(fleet: Fleet) -> None:
    fleet.lab.users["lab"] = "another"
    done = work("audit", "-i", "fleet.yaml", "--role", "rras")
    assert done.exit_code == 1
    assert len(_page(done.stdout, "rras-01")) == 1
    assert "cannot log on as lab" in done.stdout
    assert "Audit: 0 of 3 hosts could be read." in done.stdout


def test_a_failed_check_needs_a_person(make_fleet: Callable[..., Fleet]) -> None:
    make_fleet(connector_01=connector("CONNECTOR-01", version="6.2301.0.0"))
    done = work(
        "audit",
        "-i",
        "fleet.yaml",
        "--role",
        "connector",
        "-e",
        r"connector_account=CORP\svc-connector",
    )
    page = _page(done.stdout, "connector-01")
    place = page.index("  Manual action needed")
    assert page[place + 1].strip() == "x connector-sid-extension"
    assert "version 6.2301.0.0, must be version 6.2406.0.1001" in page[place + 2]
    assert done.exit_code == 1


def test_an_older_windows_is_told(make_fleet: Callable[..., Fleet]) -> None:
    old = rras("RRAS-01")
    make_fleet(rras_01=old.model_copy(update={"os": old.os.model_copy(update={"build": 14393})}))
    page = _page(work("audit", "-i", "fleet.yaml", "--role", "rras").stdout, "rras-01")
    place = page.index("  Not applicable")
    assert RRAS in page[place + 1]
    assert page[place + 2].strip() == "Windows build 14393 is out of range"


@pytest.mark.usefixtures("fleet")
def test_waivers_and_reports() -> None:
    Path("waivers.yaml").write_text(
        f"- {{host: rras-01, step: {_STEP}, reason: tested, ticket: CHG1, expires: 2999-01-01}}\n"
    )
    words = ("audit", "-i", "fleet.yaml", "--role", "rras", "--waivers", "waivers.yaml")
    done = work(*words, "--report", "html:a.html", "--report", "markdown:a.md")
    page = _page(done.stdout, "rras-01")
    assert "  Waived" in page
    assert "Audit of 3 hosts" in Path("a.html").read_text("utf-8")
    assert Path("a.md").read_text("utf-8").startswith("# Audit of `rras`\n")
    kept = work(*words, "--format", "json", "--report", "json:a.json")
    told = Audit.model_validate(document(kept))
    assert told.roles == ("rras",)
    again = work("report", "a.json")
    assert again.stdout == done.stdout


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--role", "vpn"), "'vpn' is not one of 'nps', 'rras'"),
        (("-e", "nothing=1"), "none of these playbooks has this variable"),
        (("--limit", "nobody"), "nobody"),
    ],
)
def test_mistakes_are_said(words: tuple[str, ...], said: str) -> None:
    done = work("audit", "-i", "fleet.yaml", *words)
    assert done.exit_code == 2
    assert said in done.stderr


def test_every_shipped_playbook_is_for_a_role() -> None:
    roles = {load_playbook(name).role for name in shipped_playbooks()}
    assert roles <= set(ROLES)
    assert set(ROLE_NAMES) == set(ROLES)
