"""The library: the verbs from Python, as its documentation says."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.api import apply as api_apply
from aovpn_remediate.errors import PlaybookError, RemediateError, UsageError
from aovpn_remediate.lab.windows.roles import CONNECTOR_ACCOUNT, connector, nps, rras
from aovpn_remediate.playbook.loader import load_playbook, shipped_playbooks
from aovpn_remediate.results import HostPlan, HostRun
from tests.engine import conftest
from tests.engine.conftest import PATIENCE, MakeSite, Site, dword
from tests.engine.scenes import KEY, NO_PERMIT, altered, host, service, sets, value

make_site = conftest.make_site
NPS = "nps-ignore-no-revocation-check"


def _fleet(make_site: MakeSite) -> Site:
    return make_site(
        {"nps-01": nps("nps-01"), "nps-02": nps("nps-02", ignore_no_revocation_check=1)},
        groups={"nps": ["nps-01", "nps-02"]},
    )


def test_the_names_are_those_of_the_documentation() -> None:
    for name in aovpn.__all__:
        assert getattr(aovpn, name).__doc__, name
    assert sorted(aovpn.__all__) == aovpn.__all__
    with pytest.raises(AttributeError, match="has no attribute 'pla'"):
        getattr(aovpn, "pla")  # noqa: B009 - a slip of the pen
    assert (Path(aovpn.__file__).parent / "py.typed").exists()


def test_one_name_is_as_good_as_a_list_of_one(make_site: MakeSite) -> None:
    site = _fleet(make_site)
    for playbooks in (NPS, [NPS]):
        assert aovpn.plan(playbooks, site.inventory, limit="nps-02").exit_code == 0


def test_from_a_playbook_to_a_repaired_fleet_and_back(
    make_site: MakeSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the names of shipped playbooks, paths as text, and the journal of the user."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    site = _fleet(make_site)
    inventory = str(site.inventory)
    original = site.snapshots()

    plan = aovpn.plan([NPS], inventory)
    assert isinstance(plan, aovpn.Plan)
    assert plan.exit_code == 3
    first: HostPlan = plan.hosts[0]
    assert [(step.id, str(step.action)) for step in first.steps] == [(f"{NPS}/eap-13", "create")]

    run = aovpn.apply(plan, inventory, permit=aovpn.Restart(reboot=True))
    assert isinstance(run, aovpn.Run)
    assert run.exit_code == 0
    done: HostRun = run.hosts[0]
    assert [(restart.what, restart.status) for restart in done.restarts] == [("reboot", "done")]
    assert not run.hosts[1].restarts

    assert aovpn.verify([NPS], inventory).exit_code == 0
    assert aovpn.verify_run(run.id, inventory).exit_code == 0
    preview = aovpn.preview_rollback([run.id, run.id], inventory)
    assert [(host.host, [step.action for step in host.steps]) for host in preview.hosts] == [
        ("nps-01", ["delete"])
    ]
    with pytest.raises(UsageError, match="nothing to roll back"):
        aovpn.preview_rollback([run.id], inventory, limit="nps-02")
    back = aovpn.rollback([run.id], inventory, permit=lambda _: aovpn.Restart(reboot=True))
    assert back.exit_code == 0
    assert site.snapshots() == original

    assert [item.id for item in aovpn.runs()] == [back.id, run.id]
    assert aovpn.show("last") == back
    assert aovpn.show(run.id) == run
    folder = next((tmp_path / "state").iterdir())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_playbooks_of_all_roles_there_and_back(make_site: MakeSite) -> None:
    seeds = {
        "c1": connector("c1"),
        "c2": connector("c2", installed=False),
        "n1": nps("n1", ignore_no_revocation_check="wrong"),
        "r1": rras("r1", year=2025, ports=64, sessions=5),
    }
    groups = {"connector": ["c1", "c2"], "nps": ["n1"], "rras": ["r1"]}
    site = make_site(seeds, groups=groups)
    original = site.snapshots()
    account = {"connector_account": CONNECTOR_ACCOUNT}
    loaded = {name: load_playbook(name) for name in shipped_playbooks()}
    setting = [
        name
        for name, book in loaded.items()
        if book.hosts in groups and not all(step.setting.kind.read_only for step in book.steps)
    ]
    plan = site.plan(*setting, variables=account)
    assert {
        h.host: [(step.id.partition("/")[0], str(step.action)) for step in h.steps]
        for h in plan.hosts
    } == {
        "c1": [("connector-logon-as-service", "none"), ("connector-sid-extension", "create")],
        "c2": [("connector-logon-as-service", "update")],
        "n1": [(NPS, "update")],
        "r1": [
            ("rras-disable-unused-wan-usage", "update"),
            ("rras-disable-unused-wan-usage", "update"),
            ("rras-ikev2-fragmentation", "create"),
            ("rras-port-counts", "update"),
        ],
    }
    few = aovpn.Options(patience=PATIENCE, drain=aovpn.Drain(most=5))
    run = site.apply(plan, options=few)
    assert run.exit_code == 0
    assert site.plan(*setting, variables=account).exit_code == 0
    assert site.rollback(run.id).exit_code == 0
    assert site.snapshots() == original


def test_a_playbook_of_ones_own_with_variables_and_an_inventory_at_hand(
    make_site: MakeSite,
) -> None:
    site = make_site({"a": host(), "b": host()})
    book = site.playbook(steps=[dword(KEY, "x", 1) | {"then": "reboot"}], vars={"unused": 1})
    book.write_text(book.read_text().replace("data: 1", 'data: "{{ number }}"'))
    fleet = aovpn.load_inventory(site.inventory)
    plan = aovpn.plan([book], fleet, limit="b", variables={"number": 7}, journal=site.journal)
    assert [h.host for h in plan.hosts] == ["b"]
    run = aovpn.apply(plan, fleet, journal=site.journal)
    assert run.exit_code == 3, "without leave the reboot is outstanding"
    found = value(site, "x", on="b")
    assert found is not None
    assert found.data == 7


def test_a_journal_by_its_url(make_site: MakeSite) -> None:
    site = make_site({"a": host()})
    url = f"sqlite:///{site.folder}/team.sqlite"
    plan = aovpn.plan([site.playbook(steps=[dword(KEY, "x", 1)])], site.inventory, journal=url)
    run = aovpn.apply(plan, site.inventory, journal=url)
    assert aovpn.show(run.id[:15], url) == run
    assert [item.id for item in aovpn.runs(aovpn.Journal(url))] == [run.id]
    assert site.journal.runs() == []
    for wrong, words in {"x": "--journal", "sqlite:////not/there/x": "the folder"}.items():
        with pytest.raises(UsageError, match=words):
            aovpn.runs(wrong)
    for unknown in ("", "2"):
        aovpn.apply(plan, site.inventory, journal=url)
        with pytest.raises(UsageError, match="several runs begin"):
            aovpn.show(unknown, url)
    with pytest.raises(UsageError, match="there is no run 'x%'"):
        aovpn.show("x%", url)


# What a host is sent


@pytest.mark.parametrize("name", [NPS, "own"])
def test_render_is_exactly_what_a_host_is_sent(make_site: MakeSite, name: str) -> None:
    site = _fleet(make_site)
    own = site.playbook(
        "own",
        hosts="nps",
        before=[{"os_build": {"at_least": 1}}],
        steps=[
            {**dword(KEY, "it's", 1), "then": {"restart": ["IAS", "RasMan"]}},
            {"vpn_server_ports": {"ikev2": 5}},
        ],
        after=[{"service": {"name": "IAS", "status": "running"}}],
    )
    book: Any = own if name == "own" else name
    between = altered(site)
    site.plan(book, limit="nps-01")
    assert between.scripts == [aovpn.render(book, site.inventory)]
    connections = site.lab.stats().connections
    assert aovpn.render(book) == between.scripts[0]
    assert site.lab.stats().connections == connections


def test_render_takes_variables_as_plan_does(make_site: MakeSite) -> None:
    site = _fleet(make_site)
    text = aovpn.render(NPS, site.inventory, limit="nps-02", variables={"eap_types": [25]})
    assert "EAP\\25'" in text
    assert "EAP\\13'" not in text


# Errors and control


def test_what_is_wrong_before_the_first_connection_is_raised(make_site: MakeSite) -> None:
    site = make_site({"a": host()})
    bad = site.folder / "bad.yaml"
    bad.write_text("name: Bad\n")
    book = site.playbook(steps=[dword(KEY, "x", 1)])
    for call, error in (
        (lambda: aovpn.plan([bad], site.inventory), PlaybookError),
        (lambda: aovpn.plan(["no-such-playbook"], site.inventory), UsageError),
        (lambda: aovpn.plan([book], site.folder / "none.yaml"), RemediateError),
        (lambda: aovpn.render(book, site.inventory, limit="none"), UsageError),
        (lambda: aovpn.apply(site.plan(book), site.inventory, limit="none"), UsageError),
    ):
        with pytest.raises(error) as raised:
            call()
        assert raised.value.exit_code == 2
    assert not site.windows.sets


def test_what_goes_wrong_on_a_host_is_in_the_result(make_site: MakeSite) -> None:
    site = make_site({"a": host(down=True), "b": host()})
    plan = site.plan(site.playbook(steps=[dword(KEY, "x", 1)]))
    assert (plan.exit_code, plan.hosts[1].error) == (1, None)
    assert plan.hosts[0].error


def test_the_caller_watches_each_host_and_is_asked_for_secrets(make_site: MakeSite) -> None:
    site = make_site({"a": host(services={"IAS": service()}), "b": host()})
    text = site.inventory.read_text().replace("env: AOVPN_LAB_PASSWORD", "prompt: true")
    site.inventory.write_text(text)
    told: list[tuple[str, str]] = []
    asked: list[str] = []

    def ask(words: str) -> str:
        asked.append(words)
        return "secret"

    control = aovpn.Control(watch=lambda name, what: told.append((name, what)), ask=ask)
    book = site.playbook(steps=[dword(KEY, "x", 1) | {"then": {"restart": ["IAS"]}}])
    plan = site.plan(book, control=control)
    assert len(asked) == 1, "hosts that share a credential share its password"
    assert plan.exit_code == 3
    site.apply(plan, control=control)
    assert len(asked) == 2
    assert {("a", "done"), ("b", "done")} <= set(told)
    assert any("restarting IAS" in what for name, what in told if name == "a")


def test_without_anybody_to_ask_the_hosts_say_so(make_site: MakeSite) -> None:
    site = make_site({"a": host()})
    text = site.inventory.read_text().replace("env: AOVPN_LAB_PASSWORD", "prompt: true")
    site.inventory.write_text(text)
    plan = site.plan(site.playbook(steps=[dword(KEY, "x", 1)]))
    assert "not interactive: use env" in (plan.hosts[0].error or "")
    assert plan.exit_code == 1


def test_stopped_before_it_begins(make_site: MakeSite) -> None:
    site = make_site({"a": host(), "b": host()})
    book = site.playbook(steps=[dword(KEY, "x", 1)])
    plan = site.plan(book)
    stop = aovpn.Stop()
    stop.request()
    control = aovpn.Control(stop=stop)
    stopped = site.plan(book, control=control)
    assert (stopped.exit_code, stopped.interrupted) == (130, True)
    assert [h.error_kind for h in stopped.hosts] == ["Interrupted", "Interrupted"]
    run = site.apply(plan, control=control)
    assert run.exit_code == 130
    assert {step.status for h in run.hosts for step in h.steps} == {"not_done"}
    assert not site.windows.sets
    assert site.apply(plan).exit_code == 0


def test_a_document_is_json_and_back(make_site: MakeSite) -> None:
    site = make_site({"a": host(services={"IAS": service()})})
    book = site.playbook(steps=[dword(KEY, "x", 1) | {"then": {"restart": ["IAS"]}}])
    plan = site.plan(book)
    run = site.apply(plan, permit=NO_PERMIT)
    sets(site, "x", 7)()
    verified = aovpn.verify_run(run.id, site.inventory, journal=site.journal)
    for document in (plan, run, verified):
        data = document.model_dump(mode="json")
        assert type(document).model_validate(data) == document
        assert data["schema_version"] == 1


def test_hosts_are_examined(make_site: MakeSite) -> None:
    site = _fleet(make_site)
    site.state("nps-02").quirks.language_mode = "ConstrainedLanguage"
    found = aovpn.examine(site.inventory)
    assert isinstance(found, aovpn.Diagnosis)
    assert [host.host for host in found.hosts] == ["nps-01", "nps-02"]
    assert found.exit_code != 0


def test_two_runs_that_draw_one_id_are_two_runs(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = _fleet(make_site)
    drawn = iter(["20261127-101112-ab12", "20261127-101112-ab12", "20261127-101112-cd34"])
    monkeypatch.setattr(api_apply, "_draw_id", lambda _: next(drawn))
    plan = aovpn.plan(NPS, site.inventory)
    ids = [aovpn.apply(plan, site.inventory, journal=site.journal).id for _ in range(2)]
    assert ids == ["20261127-101112-ab12", "20261127-101112-cd34"]
    assert {run.id for run in site.journal.runs()} == set(ids)
