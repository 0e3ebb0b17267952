"""Errors that nobody raised on purpose: each is an error of its host, and the others go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.doctor import examine
from aovpn_remediate.engine.apply import send
from aovpn_remediate.engine.apply.send import StepBatch
from aovpn_remediate.engine.reading import read as reading
from aovpn_remediate.engine.restart.host import HostRestart
from aovpn_remediate.engine.rollout.apply import ApplyPhase
from aovpn_remediate.errors import Unexpected, error_of_host
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.lab.faults import Fault
from aovpn_remediate.lab.windows.registry import Value
from aovpn_remediate.lab.wire import refusals
from aovpn_remediate.rendering.batch import setting as setting_script
from aovpn_remediate.transports.base import Session
from tests.engine.conftest import MakeSite, Site, statuses
from tests.engine.scenes import KEY, dwords, host, needing, services, value
from tests.engine.truth import assert_in_journal, assert_true, host_of

ONE_BY_ONE = aovpn.Options(workers=1)


def _site(make_site: MakeSite) -> Site:
    return make_site({name: host(services=services("IAS")) for name in ("a", "b", "c")})


def _breaks(
    monkeypatch: pytest.MonkeyPatch, where: Any, name: str, of: Callable[[Any], str]
) -> None:
    """Let a function raise where `of` its first argument is the host a."""
    original = getattr(where, name)

    def broken(first: Any, *args: Any, **more: Any) -> Any:
        if of(first) == "a":
            raise KeyError("secret")
        return original(first, *args, **more)

    monkeypatch.setattr(where, name, broken)


def _assert_only_a_failed(site: Site, run: aovpn.Run, *, found: list[str]) -> None:
    assert statuses(run) == {"a": found, "b": ["changed"] * 2, "c": ["changed"] * 2}
    [a, *others] = run.hosts
    assert a.error is not None
    assert a.error.startswith("aovpn-remediate itself failed on this host (KeyError at test_unexp")
    assert (a.error_kind, a.finished) == ("Unexpected", True)
    assert [other.error for other in others] == [None, None]
    assert (run.exit_code, run.finished is not None) == (1, True)
    assert_in_journal(site, run)
    assert_true(run, site.windows.sets)


def test_a_host_that_breaks_the_reading_of_a_plan(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = _site(make_site)
    original = reading.read

    def read(session: Session, host: Host, *more: Any) -> Any:
        if host.name == "a":
            raise KeyError("secret")
        return original(session, host, *more)

    monkeypatch.setattr("aovpn_remediate.engine.plan.fleet.read", read)
    plan = site.plan(site.playbook(steps=dwords("x")), workers=1)
    kinds = {found.host: found.error_kind for found in plan.hosts}
    assert kinds == {"a": "Unexpected", "b": "", "c": ""}
    assert plan.exit_code == 1


def test_the_log_says_where_and_no_value(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    site = _site(make_site)
    plan = site.plan(site.playbook(steps=dwords("x", "y")))
    _breaks(monkeypatch, StepBatch, "send", lambda batch: batch.host.name)
    site.apply(plan)
    [why] = [why for record in caplog.records if (why := getattr(record, "why", None))]
    assert why.startswith("aovpn-remediate itself failed on this host (KeyError at test_unexpec")
    assert why.endswith("): see the result")
    assert "secret" not in why


def test_a_script_that_cannot_be_made_is_not_recorded_as_sent(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = _site(make_site)
    plan = site.plan(site.playbook(steps=dwords("x", "y")))
    made = []

    def setting(*args: Any, **more: Any) -> str:
        made.append(1)
        if len(made) == 1:
            raise KeyError("secret")
        return original(*args, **more)

    original = setting_script
    monkeypatch.setattr(send, "setting", setting)
    run = site.apply(plan, options=ONE_BY_ONE)
    _assert_only_a_failed(site, run, found=["not_done"] * 2)
    assert not host_of(run, "a").touched
    assert statuses(site.apply(plan))["a"] == ["changed"] * 2


@pytest.mark.parametrize("transport", ["psrp", "winrm"])
def test_what_the_host_refused_was_not_sent(make_site: MakeSite, transport: str) -> None:
    site = make_site({"a": host()}, connection={"transport": transport}, clean=False)
    plan = site.plan(site.playbook(steps=dwords("x", "y")))
    code = refusals.ACCESS_DENIED
    # The first command reads, the second one sets.
    site.lab.faults.add(Fault("fault", action="Command", nth=2, host=site.address("a"), code=code))
    run = site.apply(plan)
    steps = host_of(run, "a").steps
    assert [(s.status, s.message) for s in steps] == [("skipped", "it was not sent")] * 2
    assert (host_of(run, "a").touched, host_of(run, "a").error_kind) == (False, "NotAllowed")
    assert_in_journal(site, run)
    assert statuses(site.apply(plan)) == {"a": ["changed"] * 2}


def test_a_host_that_breaks_after_it_was_sent_to_is_read_again(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = _site(make_site)
    plan = site.plan(site.playbook(steps=dwords("x", "y")))
    _breaks(monkeypatch, StepBatch, "_take", lambda batch: batch.host.name)
    run = site.apply(plan, options=ONE_BY_ONE)
    _assert_only_a_failed(site, run, found=["changed"] * 2)
    assert host_of(run, "a").touched
    assert {step.message for step in host_of(run, "a").steps} == {
        "the host sent no record; it reads back as set"
    }


def test_a_host_that_breaks_its_end(make_site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    site = _site(make_site)
    plan = site.plan(site.playbook(steps=dwords("x", "y")))
    original = ApplyPhase._wait_for_checks

    def broken(self: ApplyPhase, progress: Any, *, started: bool) -> None:
        if progress.name == "a":
            raise KeyError("secret")
        original(self, progress, started=started)

    monkeypatch.setattr(ApplyPhase, "_wait_for_checks", broken)
    _assert_only_a_failed(site, site.apply(plan, options=ONE_BY_ONE), found=["changed"] * 2)
    # Its lease is free, too.
    monkeypatch.undo()
    monkeypatch.setenv("AOVPN_LAB_PASSWORD", "secret")
    assert site.apply(plan).exit_code == 0


def test_a_host_that_breaks_its_restart_keeps_its_need(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site(
        {name: host(services=services("IAS")) for name in ("a", "b")},
        groups={"one": ["a"], "other": ["b"]},
    )
    plan = site.plan(site.playbook(steps=[needing(["IAS"], "x")]))
    _breaks(monkeypatch, HostRestart, "carry_out", lambda restart: restart.host.name)
    run = site.apply(plan)
    assert [host.error_kind for host in run.hosts] == ["Unexpected", ""]
    assert [outage.address for outage in site.windows.history] == [site.address("b")]
    assert list(site.journal.pending_restarts(["a", "b"])) == ["a"]
    assert_in_journal(site, run)


def test_the_doctor_goes_on_to_the_next_host(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = _site(make_site)
    original = examine._read_facts
    asked: list[str] = []

    def broken(session: Session, host: Host) -> Any:
        asked.append(host.name)
        if host.name == "a":
            raise KeyError("secret")
        return original(session, host)

    monkeypatch.setattr(examine, "_read_facts", broken)
    found = {health.host: health for health in aovpn.examine(site.inventory, workers=1).hosts}
    assert asked == ["a", "b", "c"]
    assert "itself failed" in str(found["a"].findings)
    assert all("itself failed" not in str(found[name].findings) for name in "bc")


# Values that only hosts have

_GARBAGE = ["q\0\uffffq", "\ufffe", "\ud800", "\udfff\ud800'", "\u2019\udc00\U0001f600\uffff"]


@pytest.mark.parametrize("transport", ["psrp", "winrm"])
def test_a_state_of_any_text_is_set_back(make_site: MakeSite, transport: str) -> None:
    values: dict[str, Any] = {f"v{n}": {"string": text} for n, text in enumerate(_GARBAGE)}
    values["list"] = {"multi_string": [*_GARBAGE, "kept"]}
    site = make_site(
        {"a": host(registry={KEY: values}), "b": host()}, connection={"transport": transport}
    )
    was = site.snapshots()
    steps: list[dict[str, Any]] = [
        {"registry_value": {"key": KEY, "name": name, "type": "string", "data": "new"}}
        for name in values
        if name != "list"
    ]
    rule = {"key": KEY, "name": "list", "type": "multi_string", "contains": ["new"]}
    run = site.apply(site.plan(site.playbook(steps=[*steps, {"registry_value": rule}])))
    assert run.exit_code == 0
    assert value(site, "list", on="a") == Value("MultiString", (*_GARBAGE, "kept", "new"))
    assert site.rollback(run.id).exit_code == 0
    assert site.snapshots() == was


def test_an_unexpected_error_says_where_it_came_from() -> None:
    with pytest.raises(ValueError, match="invalid literal") as raised:
        int("x")
    said = error_of_host(raised.value)
    assert isinstance(said, Unexpected)
    assert "ValueError at test_unexpected.py:" in str(said)
    assert error_of_host(said) is said
