"""The playbooks that an inventory assigns to hosts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from aovpn_remediate.drift.assignment import Assignment
from aovpn_remediate.engine.plan.catalog import assigned
from aovpn_remediate.errors import PlaybookError, UsageError
from aovpn_remediate.inventory.loader import load_inventory


def book(folder: Path, name: str, *, file: str = "", hosts: str = "nobody", **more: Any) -> str:
    steps = [{"id": "s", "service": {"name": name, "status": "running"}}]
    path = folder / (file or f"{name}.yaml")
    path.write_text(
        yaml.safe_dump({"name": name, "summary": "x", "hosts": hosts, "steps": steps, **more})
    )
    return str(path)


def fleet(folder: Path, everything: dict[str, Any] | None = None, **groups: Any) -> Any:
    path = folder / "fleet.yaml"
    path.write_text(yaml.safe_dump({"all": everything or {}, "groups": groups}))
    return load_inventory(path)


def by_host(folder: Path, *, limit: str | None = None, **groups: Any) -> dict[str, list[str]]:
    _, catalogs = assigned(fleet(folder, groups.pop("everything", None), **groups), limit)
    return {catalog.host.name: [book.name for book in catalog.playbooks] for catalog in catalogs}


def hosts(*names: str) -> dict[str, Any]:
    return {"hosts": {name: {} for name in names}}


def test_a_host_has_each_playbook_of_its_groups_once_whatever_its_hosts_pattern(
    tmp_path: Path,
) -> None:
    x, y, z = (book(tmp_path, name) for name in "xyz")
    found = by_host(
        tmp_path,
        everything={"playbooks": [z]},
        outer={"children": ["inner"], "playbooks": [x]},
        inner={**hosts("a"), "playbooks": [y, x]},
        other=hosts("b"),
    )
    assert found == {"a": ["z", "x", "y"], "b": ["z"]}


def test_hosts_without_a_playbook_are_left_out(tmp_path: Path) -> None:
    x = book(tmp_path, "x")
    groups: dict[str, Any] = {"one": {**hosts("a", "b"), "playbooks": [x]}, "two": hosts("c")}
    assert by_host(tmp_path, **groups) == {"a": ["x"], "b": ["x"]}
    assert by_host(tmp_path, limit="b,c", **groups) == {"b": ["x"]}
    with pytest.raises(UsageError, match=r"--limit c matches no host in a group .*: one"):
        by_host(tmp_path, limit="c", **groups)


def test_variables_come_from_the_inventory(tmp_path: Path) -> None:
    steps = [{"id": "s", "service": {"name": "{{ service }}", "status": "running"}}]
    x = book(tmp_path, "x", steps=steps)
    group = {"hosts": {"a": {"vars": {"service": "IAS"}}, "b": {}}, "playbooks": [x]}
    _, catalogs = assigned(fleet(tmp_path, one={**group, "vars": {"service": "RasMan"}}))
    titles = [catalog.playbooks[0].steps[0].resource.title() for catalog in catalogs]
    assert titles == ["service IAS", "service RasMan"]
    with pytest.raises(PlaybookError, match="service"):
        assigned(fleet(tmp_path, one=group))


def test_an_inventory_without_playbooks_says_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        by_host(tmp_path, one=hosts("a"))
    assert str(refused.value) == (
        f"{tmp_path}/fleet.yaml assigns no playbook: add "
        "`playbooks: [nps-ignore-no-revocation-check]` to a group or to all"
    )


def test_groups_without_hosts(tmp_path: Path) -> None:
    x = book(tmp_path, "x")
    with pytest.raises(UsageError, match="has no host in a group with playbooks: empty"):
        by_host(tmp_path, empty={"playbooks": [x]}, one=hosts("a"))


def test_two_playbooks_of_one_name(tmp_path: Path) -> None:
    x, also = book(tmp_path, "x"), book(tmp_path, "x", file="also.yaml")
    with pytest.raises(UsageError, match=r"two playbooks have the name x: .*also\.yaml"):
        by_host(tmp_path, one={**hosts("a"), "playbooks": [x]}, two={"playbooks": [also]})


def test_playbooks_that_contradict_each_other_on_a_host(tmp_path: Path) -> None:
    x = book(tmp_path, "x")
    steps = [{"id": "s", "service": {"name": "x", "status": "stopped"}}]
    y = book(tmp_path, "y", steps=steps)
    groups: dict[str, Any] = {
        "one": {**hosts("a"), "playbooks": [x]},
        "two": {**hosts("b"), "playbooks": [y]},
    }
    assert by_host(tmp_path, **groups) == {"a": ["x"], "b": ["y"]}
    groups["two"]["hosts"]["a"] = {}
    with pytest.raises(UsageError, match="to different values"):
        by_host(tmp_path, **groups)


def test_a_shipped_playbook_by_its_name(tmp_path: Path) -> None:
    name = "nps-ignore-no-revocation-check"
    found = Assignment.read(fleet(tmp_path, nps={**hosts("a"), "playbooks": [name]}))
    assert [source.name for source in found.playbooks] == [name]
    assert found.source.digest.startswith("sha256:")
