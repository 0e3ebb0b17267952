"""Services that a restart means by the folder of their programs."""

from __future__ import annotations

import json
from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.engine.reading.facts import read_facts
from aovpn_remediate.errors import PlaybookError
from aovpn_remediate.lab.windows.model import HostSeed
from aovpn_remediate.resources.restart import Restart
from tests.engine.conftest import MakeSite, Site, dword, one
from tests.engine.scenes import host

KEY = r"HKEY_LOCAL_MACHINE\SOFTWARE\Program"
PLACE = rf"{KEY}\InstallFolder"
FOLDER = r"C:\Program Files\Program"


def server(folder: str | None = FOLDER, **more: Any) -> HostSeed:
    """A host with a program whose second and third services nobody has named."""
    services = {
        "First": {"path": rf"{FOLDER}\first.exe"},
        "Second": {"path": rf'"{FOLDER.upper()}\Bin\second.exe" -service'},
        "Third": {"path": rf"{FOLDER}\third.exe", "status": "stopped", "startup": "manual"},
        "Other": {"path": rf"{FOLDER} 2\other.exe"},
    }
    values = {} if folder is None else {"InstallFolder": {"string": folder}}
    return host(services=services, registry={KEY: values}, **more)


def site_of(make_site: MakeSite, seed: HostSeed) -> Site:
    return make_site({"host": seed})


def told(plan: aovpn.Plan) -> list[str]:
    """The warnings of services that could not be read."""
    return [warning for warning in one(plan).warnings if "services" in warning]


def planned(site: Site) -> aovpn.Plan:
    then = {"restart": ["First"], "below": r"HKLM\SOFTWARE\Program\InstallFolder"}
    return site.plan(site.playbook(steps=[dword(KEY, "x", 1) | {"then": then}]))


def test_a_plan_names_the_services_that_the_host_has(make_site: MakeSite) -> None:
    site = site_of(make_site, server())
    plan = planned(site)
    [step] = one(plan).steps
    assert step.then == Restart(services=("First", "Second", "Third"))
    assert step.declared == step.then
    assert not told(plan)
    assert one(plan).facts.below == {PLACE: ("First", "Second", "Third")}
    assert {*one(plan).facts.services} == {"First", "Second", "Third"}


def test_all_that_run_are_restarted_and_back_again(make_site: MakeSite) -> None:
    site = site_of(make_site, server())
    run = site.apply(planned(site))
    assert run.exit_code == 0
    done = {restart.what: restart.status for restart in one(run).restarts}
    assert done == {"First": "done", "Second": "done", "Third": "not_needed"}


@pytest.mark.parametrize("folder", [None, "", "C:", "C:\\", r"C:\Windows", '"', "no folder"])
def test_a_folder_that_is_none_is_a_warning(make_site: MakeSite, folder: str | None) -> None:
    plan = planned(site_of(make_site, server(folder)))
    [step] = one(plan).steps
    assert step.then == Restart(services=("First",), below=(PLACE,))
    [warning] = told(plan)
    assert f"the services in the folder {PLACE} could not be read" in warning
    assert "names no folder of a program" in warning
    assert "restart them by hand" in warning


def test_where_nothing_is_changed_nothing_is_warned_of(make_site: MakeSite) -> None:
    plan = planned(site_of(make_site, host(registry={KEY: {"x": {"dword": 1}}})))
    assert not told(plan)


@pytest.mark.parametrize(
    "names",
    [
        *(7, "First", ["First", 7], {"First": 1}, [r"a\b"], ["a/b"], ["a\n"], [""], ["x" * 257]),
        [f"s{n}" for n in range(21)],
    ],
    ids=str,
)
def test_what_a_host_calls_services_is_checked(names: Any) -> None:
    facts = read_facts({"below": {PLACE: {"value": names}}})
    assert facts.below == {}
    assert facts.unknown[f"below.{PLACE}"] == "the host reported an invalid value"


def test_both_folders_of_two_restarts_count() -> None:
    both = Restart(services=("A",), below=("x", "y")) | Restart(services=("a",), below=("X", "z"))
    assert both == Restart(services=("A",), below=("x", "y", "z"))
    assert str(both) == (
        "restart A and the services in the folder x and the services in the folder y and the "
        "services in the folder z"
    )
    assert bool(Restart(below=("x",)))


def test_documents_without_it_are_as_they_were(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"First": {}}, registry={KEY: {}})})
    step = dword(KEY, "x", 1) | {"then": {"restart": ["First"]}}
    plan = site.plan(site.playbook(steps=[step]))
    [found] = json.loads(plan.model_dump_json())["hosts"][0]["steps"]
    assert found["then"] == {"reboot": False, "services": ["First"]}


@pytest.mark.parametrize(
    ("below", "why"),
    [
        ("SOFTWARE\\Program", "should begin with a hive"),
        ("HKLM", "should be a hive, then names"),
        (7, "should be text"),
        ("HKLM\\A\0B", "NUL cannot be in the name"),
    ],
)
def test_a_place_that_is_none_is_refused(make_site: MakeSite, below: object, why: str) -> None:
    site = make_site({"host": host()})
    then = {"restart": ["First"], "below": below}
    with pytest.raises(PlaybookError, match=why):
        site.plan(site.playbook(steps=[dword(KEY, "x", 1) | {"then": then}]))
