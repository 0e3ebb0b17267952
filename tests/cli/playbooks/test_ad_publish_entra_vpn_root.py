from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aovpn_remediate.lab.windows.model import AnswerSeed, HostSeed, OsSeed, ServiceSeed
from aovpn_remediate.results import Plan
from tests.cli.conftest import Fleet, document, work

_NAME = "ad-publish-entra-vpn-root"
_ROOT = Path(__file__).parents[2] / "resources" / "directory_certificate" / "example.cer"
_SHA1 = "59BA4A4FA3CD3763FBC45B3A4B5C2CFBB504157B"
_GIVEN = ("-e", "certificate=root.cer", "-e", f"thumbprint={_SHA1}")
_LEAVE = "--confirm-high-impact"


def _dc(name: str, *, throws: str = "", **found: bool) -> HostSeed:
    answer = {"ntauth": False, "aia": False, "authorities": False, "cached": False}
    seed = AnswerSeed(answer={**answer, "writable": True, **found}, throws=throws)
    return HostSeed(
        name=name,
        os=OsSeed(product_type="LanmanNT"),
        services={"NTDS": ServiceSeed(), "WinRM": ServiceSeed()},
        answers={"directory_certificate": (seed,)},
    )


@pytest.fixture
def fleet(make_fleet: Callable[..., Fleet]) -> Fleet:
    """One to publish on, one where it is published, one that tells nothing."""
    made = make_fleet(
        domain_controller_01=_dc("DC-01"),
        domain_controller_02=_dc("DC-02", ntauth=True, aia=True, authorities=True),
        domain_controller_03=_dc("DC-03", throws="The server is not operational."),
    )
    text = (made.folder / "fleet.yaml").read_text()
    (made.folder / "fleet.yaml").write_text(text.replace("\n  domain:", "\n  domain_controller:"))
    shutil.copy(_ROOT, "root.cer")
    return made


def _read(path: str) -> str:
    return Path(path).read_text("utf-8")


def run(verb: str, host: str, *words: str) -> Any:
    limit = ("--limit", f"domain-controller-0{host}")
    return work(verb, _NAME, "-i", "fleet.yaml", *limit, *_GIVEN, *words)


def test_there_and_back_with_leave_alone(fleet: Fleet) -> None:
    before = fleet.snapshot("domain-controller-01")
    planned = run("plan", "1", "-o", "root.plan.json")
    assert planned.exit_code == 3, planned.output
    assert f"~ root  CN=Example  {_SHA1}  in the directory  not published -> published" in (
        planned.stdout
    )
    assert "note: high impact: NTAuth decides" in planned.stdout
    assert "on one domain controller alone (--limit)" in planned.stdout
    assert planned.stderr == f"To apply it: aovpn-remediate apply root.plan.json {_LEAVE}\n"

    refused = work("apply", "root.plan.json", "--yes")
    assert refused.exit_code == 1
    assert f"allow it with {_LEAVE}" in refused.stdout
    assert fleet.snapshot("domain-controller-01") == before

    # The file is not needed any more: the plan has the certificate.
    Path("root.cer").unlink()
    done = work("apply", "root.plan.json", "--yes", _LEAVE, "--report", "markdown:run.md")
    assert done.exit_code == 0
    back = re.search(r"aovpn-remediate rollback (\S+) --confirm-high-impact", _read("run.md"))
    assert back
    shutil.copy(_ROOT, "root.cer")
    verified = run("verify", "1")
    assert verified.exit_code == 0
    assert "Group Policy brings it within 8 hours" in verified.stdout

    assert work("rollback", "last", "-i", "fleet.yaml", "--yes").exit_code == 1
    assert run("verify", "1").exit_code == 0
    assert work("rollback", "last", "-i", "fleet.yaml", "--yes", _LEAVE).exit_code == 0
    assert fleet.snapshot("domain-controller-01") == before


def test_a_plan_file_cannot_hide_the_impact(fleet: Fleet) -> None:
    run("plan", "1", "-o", "root.plan.json")
    plan = Plan.model_validate_json(Path("root.plan.json").read_text())
    text = plan.model_dump_json().replace("NTAuth decides which CAs issue logon certificates", "")
    text = text.replace('"high_impact":" for the whole forest"', '"high_impact":""')
    assert '"high_impact":""' in text
    Path("root.plan.json").write_text(text)
    before = fleet.snapshot("domain-controller-01")
    assert f"allow it with {_LEAVE}" in work("apply", "root.plan.json", "--yes").stdout
    assert fleet.snapshot("domain-controller-01") == before


@pytest.mark.usefixtures("fleet")
def test_right_and_unreadable() -> None:
    assert run("plan", "2").exit_code == 0
    unreadable = run("plan", "3")
    assert unreadable.exit_code == 1
    assert "The server is not operational." in unreadable.stdout


@pytest.mark.usefixtures("fleet")
def test_a_certificate_that_is_not_the_one_meant_is_refused_before_anything_is_sent() -> None:
    wrong = work("plan", _NAME, "-i", "fleet.yaml", *_GIVEN[:3], f"thumbprint={'AB' * 20}")
    assert wrong.exit_code == 2
    assert "the thumbprint of the certificate is 59BA4A4F" in wrong.stderr
    Path("root.cer").write_text("secret")
    nothing = run("plan", "1")
    assert nothing.exit_code == 2
    assert "'root.cer' is not a certificate (PEM or DER)" in nothing.stderr
    assert "secret" not in nothing.stderr


@pytest.mark.usefixtures("fleet")
def test_a_run_tells_that_it_had_leave() -> None:
    told = document(run("apply", "1", "--yes", _LEAVE, "--format", "json"))
    assert told["options"]["confirm_high_impact"] is True
    assert told["hosts"][0]["steps"][0]["high_impact"].startswith("NTAuth decides")
