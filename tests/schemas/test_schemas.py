from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from aovpn_remediate.assets import asset_dir
from aovpn_remediate.errors import InputError
from aovpn_remediate.inventory.loader import load_inventory
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.inventory.waivers import load_waivers
from aovpn_remediate.lab.windows.fleet import demo_fleet, fleet, inventory_text
from aovpn_remediate.playbook.loader import load_playbook
from aovpn_remediate.playbook.settings import _HEADER as STEP_FIELDS
from aovpn_remediate.playbook.source import load, parse
from aovpn_remediate.resources import KINDS
from aovpn_remediate.schemas import SCHEMAS
from aovpn_remediate.schemas.inventory import NAME
from tests.schemas.validators import VALIDATORS, accepts

_PLAYBOOKS = sorted(asset_dir("playbooks").glob("*.yaml"))
_UNKNOWN = {"zzzz": 1}


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_schema_is_valid_and_has_a_title(name: str) -> None:
    made = SCHEMAS[name]()
    Draft202012Validator.check_schema(made)
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert made["title"]
    assert made["description"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_has_a_description_for_editors(name: str) -> None:
    for place, schema in _fields(SCHEMAS[name](), ()):
        described = schema is False or "description" in schema or "$ref" in json.dumps(schema)
        assert described, ".".join(place)


def _fields(schema: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the properties that a file may have, without those in conditional rules."""
    if not isinstance(schema, dict):
        return
    for name, part in schema.get("properties", {}).items():
        yield (*place, name), part
        yield from _fields(part, (*place, name))
    for name, part in schema.get("$defs", {}).items():
        yield from _fields(part, (*place, name))
    for part in schema.get("anyOf", []):
        if part.get("type") == "object":
            yield from _fields(part, place)
    yield from _fields(schema.get("items"), place)


# Valid files


@pytest.mark.parametrize("path", _PLAYBOOKS, ids=lambda path: path.stem)
def test_shipped_playbooks_are_valid(path: Path) -> None:
    assert list(VALIDATORS["playbook"].iter_errors(load(path).value)) == []


@pytest.mark.parametrize("members", [demo_fleet(), fleet(60)], ids=["demo", "lab"])
def test_inventories_of_the_lab_are_valid(members: Any) -> None:
    text = inventory_text(members, port=5985, user="lab", password={"file": "lab.password"})
    assert list(VALIDATORS["inventory"].iter_errors(yaml.safe_load(text))) == []


def test_examples_of_the_readme_are_valid() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    validated = []
    for block in re.findall(r"(?ms)^```yaml\n(.*?)^```", readme):
        if block.startswith(" "):
            continue  # an excerpt of the block before
        value = parse(block.encode(), Path("README.md")).value
        name = "playbook" if "steps" in value else "inventory"
        if name == "inventory":
            value.setdefault("groups", {})
        assert list(VALIDATORS[name].iter_errors(value)) == []
        validated.append(name)
    assert {"playbook", "inventory"} <= set(validated)


def test_waivers_name_either_a_host_or_a_group() -> None:
    waiver = {"host": "a", "step": "x/*", "reason": "r", "ticket": "T", "expires": "2026-12-31"}
    assert accepts("waivers", [waiver, {**waiver, "host": None, "group": "all"}])
    assert not accepts("waivers", [{**waiver, "group": "all"}])


@pytest.mark.parametrize("word", ["a", "nps-01", "10.0.0.1", "fe80::1", "_x", "wien-süd"])
def test_names_of_hosts_are_valid(word: str) -> None:
    assert re.search(NAME, word)


def test_the_schema_allows_the_same_characters_in_names_as_the_reader(tmp_path: Path) -> None:
    for code in range(1, 128):
        name = f"a{chr(code)}b"
        path = tmp_path / "fleet.yaml"
        path.write_text(json.dumps({"groups": {"g": {"hosts": {name: None}}}}))
        accepted = True
        try:
            load_inventory(path)
        except InputError:
            accepted = False
        assert bool(re.search(NAME, name)) == accepted, repr(name)


# Expressions


def _playbook(step: dict[str, Any], **more: Any) -> dict[str, Any]:
    header = {"name": "x", "summary": "x", "hosts": "x"}
    return {**header, "steps": [{"id": "a", **step}], **more}


@pytest.mark.parametrize(
    "fields",
    [
        {"key": r"HKLM\{{ key }}", "name": "{{ name }}", "type": "dword", "data": "{{ data }}"},
        {"key": "{{ key }}", "name": "x", "type": "{{ type }}", "bits_set": "0{{ bits }}"},
        {"key": r"HKLM\A", "name": "x", "type": "multi_string", "contains": ["a", "{{ b }}"]},
        {"key": r"HKLM\A", "name": "x", "type": "multi_string", "contains": "{{ b }}"},
        {"key": r"HKLM\A", "name": "x", "type": "dword", "data": "{{ a }}", "at_least": "{{ b }}"},
    ],
)
def test_a_value_can_be_an_expression(fields: dict[str, Any]) -> None:
    assert list(VALIDATORS["playbook"].iter_errors(_playbook({"registry_value": fields}))) == []


def test_an_expression_is_refused_where_it_is_not_evaluated() -> None:
    service = {"service": {"name": "x", "exists": True}}
    assert accepts("playbook", _playbook(service, vars={"a": [{"b": "c"}]}, risk="r"))
    assert not accepts("playbook", _playbook(service, vars={"a": [{"b": "{{ c }}"}]}))
    assert not accepts("playbook", _playbook(service, risk="{{ c }}"))
    assert not accepts("playbook", _playbook({**service, "then": {"restart": ["{{ c }}"]}}))


# The schemas have every field that the readers know


def _known_fields(path: Path, value: Any, load_: Any) -> dict[str, set[str]]:
    """Return the known fields that the reader's messages list, by place."""
    path.write_text(json.dumps(value))
    with pytest.raises(InputError) as refused:
        load_(path)
    found = {}
    for problem in refused.value.problems:
        if there := re.search(r"known fields: (.*)\)", problem.what):
            found[problem.where.rpartition(".")[0]] = set(there[1].split(", "))
    return found


def test_the_inventory_schema_has_every_field(tmp_path: Path) -> None:
    nothing = {"windows": [_UNKNOWN], **_UNKNOWN}
    value = {"all": nothing, "groups": {"g": {"hosts": {"h": _UNKNOWN}, **_UNKNOWN}}, **_UNKNOWN}
    known = _known_fields(tmp_path / "fleet.yaml", value, load_inventory)
    made = SCHEMAS["inventory"]()
    everything = made["properties"]["all"]["anyOf"][0]
    assert known == {
        "": set(made["properties"]),
        "all": set(everything["properties"]),
        "all.windows[0]": set(made["$defs"]["windows"]["items"]["properties"]),
        "groups.g": set(made["$defs"]["group"]["anyOf"][0]["properties"]),
        "groups.g.hosts.h": set(made["$defs"]["host"]["anyOf"][0]["properties"]),
    }


def test_the_playbook_schema_has_every_kind_and_field() -> None:
    made = SCHEMAS["playbook"]()["$defs"]
    assert set(made["check"]["properties"]) == set(KINDS)
    for name, kind in KINDS.items():
        assert set(made[name]["properties"]) == set(kind.model_fields)


def test_the_playbook_schema_has_every_field_of_steps_and_playbooks(tmp_path: Path) -> None:
    made = SCHEMAS["playbook"]()
    step = {"id": "a", "each": ["x"], "then": "reboot", "service": {"name": "x", "exists": True}}
    assert set(made["$defs"]["step"]["properties"]) == {*STEP_FIELDS, *KINDS}
    path = tmp_path / "x.yaml"
    path.write_text(json.dumps(_playbook(step)))
    assert load_playbook(path).resolve({}).steps
    assert set(made["properties"]) == set(type(load_playbook(path).header).model_fields)


def test_the_waivers_schema_has_every_field(tmp_path: Path) -> None:
    entry = SCHEMAS["waivers"]()["items"]
    today = date(2026, 11, 21)
    value: dict[str, Any] = dict.fromkeys(entry["properties"], "2026-12-31")
    value |= {"step": "a/b", "host": "h", "group": None}
    path = tmp_path / "waivers.yaml"
    path.write_text(json.dumps([value]))
    hosts: Any = {"h": None}
    assert load_waivers(path, Inventory(path, hosts, {}), today)
    assert accepts("waivers", [value])
