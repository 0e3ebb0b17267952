"""A plan as a file: whole when it is read back, and refused in one line when it is another's."""

from __future__ import annotations

import copy
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import aovpn_remediate as aovpn
from aovpn_remediate.engine.apply.changes import changes_of_host
from aovpn_remediate.engine.plan import file as plan_file
from aovpn_remediate.engine.plan.catalog import changed_since
from aovpn_remediate.errors import PlanError, UsageError
from aovpn_remediate.inventory.model import Host
from tests.engine.conftest import MakeSite, Site, dword, one
from tests.engine.scenes import KEY, NO_PERMIT, host, service

PASSWORD = "Correct-Horse-9!"


def _site(make_site: MakeSite, **more: Any) -> Site:
    services = {"IAS": service(), "RemoteAccess": service()}
    seed = host(services=services, accounts={"svc": "S-1-5-21-1-1107"}, vpn={}, sessions=3)
    return make_site({"a": seed, "b": seed.model_copy(update={"down": True})}, **more)


def _plan(site: Site) -> aovpn.Plan:
    """Of every kind, with checks, with what is outstanding, and a host that was not read."""
    left = site.playbook("left", steps=[{**dword(KEY, "left", 1), "then": "reboot"}])
    site.apply(site.plan(left, limit="a"), permit=NO_PERMIT)
    steps = [
        {**dword(KEY, "x", 4294967295), "then": {"restart": ["IAS"]}},
        {"registry_value": {"key": KEY, "name": "left", "absent": True}},
        {"registry_value": {"key": KEY, "name": "m", "type": "multi_string", "contains": ["Ä"]}},
        {"registry_value": {"key": KEY, "name": "b", "type": "binary", "data": "00 FF"}},
        {"service": {"name": "IAS", "startup": "manual"}},
        {"user_right": {"right": "SeServiceLogonRight", "accounts": ["svc"]}},
        {"vpn_server_ports": {"ikev2": 500}},
        {"os_build": {"floors": {"20348": 9999}}},
        {"installed_program": {"name": "X", "version_at_least": "1.2"}},
        {"service": {"name": "Gone", "status": "running"}},
    ]
    check = {"service": {"name": "IAS", "status": "running"}}
    book = site.playbook(steps=steps, before=[check], after=[check], risk="Everything")
    return site.plan(book)


@pytest.fixture
def saved(make_site: MakeSite) -> Path:
    site = _site(make_site)
    path = site.folder / "change.plan.json"
    plan_file.save(_plan(site), path)
    return path


def test_what_is_saved_is_read_back(make_site: MakeSite) -> None:
    site = _site(make_site)
    plan = _plan(site)
    path = site.folder / "change.plan.json"
    plan_file.save(plan, path)
    assert plan_file.load(path) == plan
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [item.name for item in site.folder.glob("*plan*")] == ["change.plan.json"]
    assert json.loads(path.read_text("ascii"))["schema_version"] == 1
    plan_file.save(plan, path)


def test_a_file_is_applied_like_the_plan(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    path = site.folder / "change.plan.json"
    plan_file.save(site.plan(site.playbook(steps=[dword(KEY, "x", 1)])), path)
    for given_as in (path, str(path)):
        run = aovpn.apply(given_as, site.inventory, journal=site.journal)
        assert run.exit_code == 0
    assert [step.status for step in one(run).steps] == ["unchanged"]


def test_a_file_that_cannot_be_written_says_so(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    plan = site.plan(site.playbook(steps=[dword(KEY, "x", 1)]))
    with pytest.raises(UsageError, match=r"cannot write .*No such file"):
        plan_file.save(plan, site.folder / "not" / "there.json")


# Files that are not plans


def _set(*place: str | int, to: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for part in place[:-1]:
            document = document[part]
        document[place[-1]] = to

    return change


def _twice(*place: str | int) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for part in place:
            document = document[part]
        document.append(document[0])

    return change


_STEP = ("hosts", 0, "steps", 0)
_TAMPERED: dict[str, tuple[Callable[[Any], None], str]] = {
    "another version": (_set("schema_version", to=2), "schema_version: is not a plan file"),
    "a run": (_set("kind", to="run"), "kind: is not a plan file"),
    "a field too many": (_set("colour", to=1), "colour: is not a plan file"),
    "a field too few": (lambda d: d.pop("hosts"), "hosts: is not a plan file"),
    "an unknown kind": (_set(*_STEP, "resource", to={"scripts": {}}), "unknown kind scripts"),
    "an unknown field": (_set(*_STEP, "resource", "registry_value", "colour", to=1), "colour: "),
    "no kind": (_set(*_STEP, "resource", to={}), "test/s0"),
    "two kinds": (_set(*_STEP, "resource", "service", to={}), "test/s0"),
    "a kind that is no mapping": (_set(*_STEP, "resource", "registry_value", to=[]), "test/s0"),
    "a key outside the registry": (
        _set(*_STEP, "resource", "registry_value", "key", to="C:\\x"),
        "hive",
    ),
    "a state of another kind": (_set(*_STEP, "before", to={"status": "running"}), "test/s0"),
    "a state that is none": (_set(*_STEP, "after", to={"type": "dword"}), "test/s0"),
    "data of another type": (
        _set(*_STEP, "after", to={"type": "dword", "data": {"x": "y"}}),
        "test/s0",
    ),
    "another goal than its step has": (
        _set(*_STEP, "after", to={"type": "dword", "data": 7}),
        "test/s0: its goal does not follow from its resource",
    ),
    "a change that says it is none": (_set(*_STEP, "action", to="none"), "test/s0"),
    "a host twice": (_twice("hosts"), "a: occurs twice"),
    "a step twice": (_twice("hosts", 0, "steps"), "test/s0: occurs twice"),
    "a check twice": (_twice("hosts", 0, "after"), r"test/after\[0\]: occurs twice"),
    "an action that is none": (_set(*_STEP, "action", to="explode"), "action: is not a plan file"),
    "an after-check that is none": (
        _set("hosts", 0, "after", 0, "resource", to={"service": {"name": 1}}),
        r"test/after\[0\]",
    ),
}


@pytest.mark.parametrize(("change", "words"), _TAMPERED.values(), ids=_TAMPERED)
def test_what_was_tampered_with_is_refused_in_one_line(
    saved: Path, change: Callable[[Any], None], words: str
) -> None:
    document = json.loads(saved.read_text())
    change(document)
    saved.write_text(json.dumps(document))
    with pytest.raises(PlanError, match=words) as raised:
        plan_file.load(saved)
    assert str(raised.value).startswith(str(saved))
    assert "\n" not in str(raised.value)
    assert raised.value.exit_code == 2


_FOREIGN: dict[str, tuple[bytes | None, str]] = {
    "nothing": (b"", "is not a plan file"),
    "not there": (None, "cannot be read: No such file"),
    "bytes": (b"{\xff", "not UTF-8"),
    "half a character": (b"\xff\xfe{", "not UTF-16"),
    "a number that is none": (b'{"kind": NaN}', "NaN is no number"),
    "a playbook": (b"name: x\nhosts: all\n", "is not a plan file"),
    "half of it": (b'{"kind": "plan", "hosts": [', "is not a plan file"),
    "a list": (b"[]", "is not a plan file"),
    "null": (b"null", "is not a plan file"),
    "very deep": (b"[" * 100_000, "is not a plan file"),
    "a very large number": (b'{"kind": ' + b"9" * 5000 + b"}", "is not a plan file"),
}


@pytest.mark.parametrize(("content", "words"), _FOREIGN.values(), ids=_FOREIGN)
def test_a_file_that_is_not_a_plan_is_refused_in_one_line(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "x.plan.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PlanError, match=words) as raised:
        plan_file.load(path)
    assert "\n" not in str(raised.value)


def test_a_folder_is_not_a_plan(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="cannot be read: Is a directory"):
        plan_file.load(tmp_path)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)


def _places(document: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    return [at, *(place for key, item in items for place in _places(item, (*at, key)))]


def _at(document: Any, place: tuple[str | int, ...]) -> Any:
    for part in place:
        document = document[part]
    return copy.deepcopy(document)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_whatever_is_changed_in_a_file_it_is_a_plan_or_refused(
    saved: Path, make_site: MakeSite, data: st.DataObject
) -> None:
    del make_site
    text = saved.with_suffix(".whole")
    if not text.exists():
        text.write_text(saved.read_text())
    document = json.loads(text.read_text())
    places = _places(document)[1:]
    place, other = (data.draw(st.sampled_from(places)) for _ in range(2))
    _set(*place, to=data.draw(_JSON | st.just(_at(document, other))))(document)
    saved.write_text(json.dumps(document))
    try:
        plan = plan_file.load(saved)
    except PlanError as error:
        refusal = str(error)
    else:
        refusal = ""
        for planned in plan.hosts:
            changes_of_host(planned, Host(planned.host), "x.plan.json").as_run()
    assert "\n" not in refusal


# What has moved since


def test_a_plan_is_compared_with_the_files_it_was_made_from(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    book = site.playbook(steps=[dword(KEY, "x", 1)])
    plan = site.plan(book)

    def moved() -> list[str]:
        return changed_since(plan, aovpn.load_inventory(site.inventory))

    assert moved() == []
    text = book.read_text()
    book.write_text(text + "# changed\n")
    assert moved() == [f"the playbook {book} has changed since the plan was made"]
    book.write_text("x: [")
    assert len(moved()) == 1
    book.unlink()
    assert len(moved()) == 1
    book.write_text(text)
    site.inventory.write_text(site.inventory.read_text() + "# changed\n")
    [words] = moved()
    assert "has changed since the plan was made" in words
    assert site.apply(plan).exit_code == 0, "it warns, and the plan stands alone"


def test_a_host_that_is_gone_from_the_inventory_is_an_error(make_site: MakeSite) -> None:
    site = make_site({"a": host(), "b": host()})
    path = site.folder / "x.plan.json"
    plan_file.save(site.plan(site.playbook(steps=[dword(KEY, "x", 1)])), path)
    site.inventory.write_text(site.inventory.read_text().replace("\n      b:", "\n      c:"))
    site.lab.reset_stats()
    with pytest.raises(PlanError, match=r"x\.plan\.json: hosts\.b: is not in the inventory"):
        aovpn.apply(path, site.inventory, journal=site.journal)
    assert site.lab.stats().connections == 0


def test_connections_are_those_of_the_inventory_at_apply(make_site: MakeSite) -> None:
    """Host `a` of the plan is at another address by now."""
    site = make_site({"a": host(), "b": host()})
    plan = site.plan(site.playbook(steps=[dword(KEY, "x", 1)]), limit="a")
    text = site.inventory.read_text().replace(site.address("a"), "127.0.8.1")
    site.inventory.write_text(
        text.replace(site.address("b"), site.address("a")).replace("127.0.8.1", site.address("b"))
    )
    assert site.apply(plan).exit_code == 0
    assert [record.address for record in site.windows.sets] == [site.address("b")]


# Secrets


def test_no_secret_is_in_a_plan_or_in_the_journal(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    site = _site(make_site)
    site.lab.users["lab"] = PASSWORD
    monkeypatch.setenv("AOVPN_LAB_PASSWORD", PASSWORD)
    plan = _plan(site)
    path = site.folder / "change.plan.json"
    plan_file.save(plan, path)
    run = site.apply(plan, permit=NO_PERMIT)
    site.rollback(run.id, permit=NO_PERMIT)
    monkeypatch.setenv("AOVPN_LAB_PASSWORD", f"{PASSWORD} wrong")
    refused = site.plan(site.folder / "test.yaml")
    assert refused.hosts[0].error_kind == "LogonFailed"
    written = "".join(repr(document) for document in (plan, run, refused, site.inventory))
    written += str(capfd.readouterr())
    files = [item for item in site.folder.rglob("*") if item.is_file()]
    assert {"change.plan.json", "journal.sqlite"} <= {item.name for item in files}
    assert PASSWORD not in written
    for item in files:
        assert PASSWORD.encode() not in item.read_bytes(), item
