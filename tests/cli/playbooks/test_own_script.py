"""The kind `script` from the command line, and in the report of every verb."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from aovpn_remediate.lab.windows.model import AnswerSeed, HostSeed
from tests.cli.conftest import Fleet, cli, document, work

_GET = "ConvertTo-Json -Compress @{ id = (Get-TimeZone).Id }\n"
_SET = "Set-TimeZone -Id $Desired.id  # it's \u2019so\u2019\n"
_WANTED = {"id": "UTC"}


def _book(**fields: Any) -> str:
    script = {"name": "time zone", "get": _GET, "set": _SET, "state": _WANTED, **fields}
    script = {name: value for name, value in script.items() if value is not None}
    book: dict[str, Any] = {"name": "zone", "summary": "UTC", "hosts": "srv"}
    book |= {"vars": {"wanted": "it's {x}"}, "steps": [{"id": "zone", "script": script}]}
    Path("zone.yaml").write_text(yaml.safe_dump(book, allow_unicode=True), "utf-8")
    return "zone.yaml"


@pytest.fixture
def fleet(make_fleet: Callable[..., Fleet]) -> Fleet:
    """One to be set, one that is right, one whose text fails."""
    states = ({"id": "W. Europe", "dst": True}, {"id": "UTC", "dst": True})
    seeds = [AnswerSeed(target={"Get": _GET}, answer=state) for state in states]
    seeds.append(AnswerSeed(throws="get is not PowerShell: line 1: Missing }"))
    return make_fleet(
        **{
            f"srv_{n}": HostSeed(name=f"SRV-{n}", answers={"script": (seed,)})
            for n, seed in enumerate(seeds, start=1)
        }
    )


def run(verb: str, what: str, host: str, *words: str) -> Any:
    return work(verb, what, "-i", "fleet.yaml", "--limit", f"srv-{host}", *words)


def test_there_and_back_and_marked_everywhere(fleet: Fleet) -> None:
    before = fleet.snapshot("srv-1")
    planned = run("plan", _book(), "1", "-o", "zone.plan.json")
    assert planned.exit_code == 3, planned.output
    assert (
        '~ zone  own script: time zone  {"dst": true, "id": "W. Europe"} -> '
        '{"dst": true, "id": "UTC"}' in planned.stdout
    )
    assert fleet.snapshot("srv-1") == before
    applied = work("apply", "zone.plan.json", "--yes", "--report", "html:zone.html")
    assert applied.exit_code == 0, applied.output
    assert "own script: time zone" in applied.stdout
    assert "own script: time zone" in Path("zone.html").read_text("utf-8")
    assert run("verify", "zone.yaml", "1").exit_code == 0
    shown = document(work("show", "last", "--format", "json"))
    step = shown["hosts"][0]["steps"][0]
    assert step["title"] == "own script: time zone"
    assert step["before"] == {"id": "W. Europe", "dst": True}
    assert work("rollback", "last", "-i", "fleet.yaml", "--yes").exit_code == 0
    assert fleet.snapshot("srv-1") == before


@pytest.mark.usefixtures("fleet")
def test_right_and_unreadable() -> None:
    assert run("plan", _book(), "2").exit_code == 0
    unreadable = run("plan", "zone.yaml", "3")
    assert unreadable.exit_code == 1
    assert "get is not PowerShell: line 1: Missing }" in unreadable.stdout


def test_without_set_a_person_has_to_act(fleet: Fleet) -> None:
    planned = run("plan", _book(set=None), "1")
    assert planned.exit_code == 3
    assert "own script, which has no set: change time zone by hand" in planned.stdout
    assert run("apply", "zone.yaml", "1", "--yes").exit_code == 3
    assert fleet.windows.sets == []


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize("field", ["get", "set"])
def test_an_expression_in_a_text_is_refused_with_the_way_to_do_it(field: str) -> None:
    done = run("plan", _book(**{field: "'{{ wanted }}'"}), "1")
    assert done.exit_code == 2
    [line] = done.stderr.splitlines()
    assert line.startswith("error: zone.yaml:")
    assert f"steps[0].script.{field}: expressions are not evaluated in code" in line
    assert "values: {x: '{{ x }}'}" in line


@pytest.mark.usefixtures("fleet")
def test_other_jinja_is_code_and_values_take_expressions() -> None:
    get = "# {% if %} {# no comment #}\n| % {%{1}}"
    book = _book(get=get, values={"who": "{{ wanted }}"})
    shown = cli("render", book, "-i", "fleet.yaml", "--limit", "srv-1", "-e", "wanted=o'neil")
    assert shown.exit_code == 0, shown.output
    assert "'who' = 'o''neil'" in shown.stdout
    assert "{% if %} {# no comment #}" in shown.stdout
