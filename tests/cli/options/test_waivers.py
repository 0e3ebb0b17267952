"""`--waivers` on plan, apply and verify, or `waivers` in the inventory."""

from __future__ import annotations

import pytest
import yaml
from click.testing import Result

from tests.cli.conftest import NPS, SWIFT, Fleet, document, work

BORNE = {
    "group": "nps",
    "step": f"{NPS}/eap-*",
    "reason": "the appliance sends no CRL",
    "ticket": "CHG0041",
    "expires": "2999-12-31",
}
WORDS = "waived: CHG0041: the appliance sends no CRL (until 2999-12-31)"


def bear(fleet: Fleet, **more: str) -> None:
    (fleet.folder / "waivers.yaml").write_text(yaml.safe_dump([{**BORNE, **more}]))


def flat(done: Result) -> str:
    return " ".join(done.stdout.split())


def asked(fleet: Fleet) -> int:
    return len(fleet.lab.requests)


def test_plan_apply_and_verify_with_a_file(fleet: Fleet) -> None:
    bear(fleet)
    given = ("--waivers", "waivers.yaml")

    planned = work("plan", NPS, "-i", "fleet.yaml", *given, "-o", "x.plan.json")
    assert planned.exit_code == 0
    assert WORDS in flat(planned)
    assert "Plan: nothing to change, 1 compliant, 1 waived." in planned.stdout

    for words in (("x.plan.json",), (NPS, "-i", "fleet.yaml", "--yes", *given)):
        done = work("apply", *words, *SWIFT)
        assert (done.exit_code, done.stderr) == (0, "There is nothing to apply.\n")
    assert work("verify", NPS, "-i", "fleet.yaml", *given).exit_code == 0
    assert work("verify", NPS, "-i", "fleet.yaml").exit_code == 3
    assert fleet.windows.sets == []


def test_the_waivers_of_the_inventory(fleet: Fleet) -> None:
    path = fleet.folder / "fleet.yaml"
    path.write_text(f"{path.read_text()}\nwaivers: waivers.yaml\n")
    work("plan", NPS, "-i", "fleet.yaml", "-o", "x.plan.json")
    missing = work("plan", NPS, "-i", "fleet.yaml")
    assert (missing.exit_code, "no such file" in missing.stderr) == (2, True)

    bear(fleet)
    assert work("plan", NPS, "-i", "fleet.yaml").exit_code == 0
    assert work("verify", NPS, "-i", "fleet.yaml").exit_code == 0


def test_a_waiver_that_came_after_the_plan_is_honoured(fleet: Fleet) -> None:
    bear(fleet)
    work("plan", NPS, "-i", "fleet.yaml", "-o", "x.plan.json")

    done = work("apply", "x.plan.json", "--waivers", "waivers.yaml", *SWIFT)

    assert (done.exit_code, fleet.windows.sets) == (0, [])


def test_a_difference_from_a_run_may_be_waived(fleet: Fleet) -> None:
    words = ("-i", "fleet.yaml", "--yes", "--allow-reboot", *SWIFT)
    run = document(work("apply", NPS, *words, "--format", "json"))["id"]
    work("rollback", run, *words)
    bear(fleet)

    assert work("verify", run).exit_code == 3
    assert work("verify", run, "--waivers", "waivers.yaml").exit_code == 0


@pytest.mark.parametrize("verb", ["plan", "apply", "verify"])
def test_an_expired_waiver_ends_it_before_any_connection(fleet: Fleet, verb: str) -> None:
    bear(fleet, expires="2026-01-31")
    before = asked(fleet)

    more = ("--yes", *SWIFT) if verb == "apply" else ()
    done = work(verb, NPS, "-i", "fleet.yaml", "--waivers", "waivers.yaml", *more)

    assert done.exit_code == 2
    assert "[0].expires: the waiver CHG0041 expired on 2026-01-31" in done.stderr
    assert asked(fleet) == before


def test_a_waiver_without_use_is_listed(fleet: Fleet) -> None:
    bear(fleet, group="all", step=f"{NPS}/gone")

    planned = work("plan", NPS, "-i", "fleet.yaml", "--waivers", "waivers.yaml")

    assert planned.exit_code == 3
    assert f"Unused waiver: CHG0041: nothing differs on all in {NPS}/gone" in flat(planned)
