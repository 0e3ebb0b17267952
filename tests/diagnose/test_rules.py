"""The rules as data: whole, pointing to what exists, and each told by its own evidence."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

import aovpn_remediate as aovpn
from aovpn_remediate.cli import main
from aovpn_remediate.diagnose.evidence import NOTHING_MORE, Evidence, What
from aovpn_remediate.diagnose.judge import judge
from aovpn_remediate.diagnose.rules import Rule, read_rules
from aovpn_remediate.playbook.loader import shipped_playbooks
from aovpn_remediate.results.probes import IkeOutcome
from aovpn_remediate.results.symptoms import Certainty, SymptomReport

_PACKAGE = Path(aovpn.__file__).parent
_CASES = yaml.safe_load(Path(__file__).with_name("cases.yaml").read_text("utf-8"))
RULES = read_rules()


def _diagnose(seen: dict[str, list[Any]]) -> SymptomReport:
    return aovpn.diagnose_symptoms(codes=seen)


@pytest.mark.parametrize("case", _CASES, ids=[case["name"] for case in _CASES])
def test_a_symptom_leads_to_its_cause(case: dict[str, Any]) -> None:
    report = _diagnose(case["seen"])
    [trouble] = report.troubles
    causes = [(cause.id, str(cause.certainty)) for cause in report.findings]
    if "only" in case:
        assert causes == [tuple(case["only"])]
    if "first" in case:
        assert causes[0] == tuple(case["first"])
    assert set(case.get("also", ())) <= {id_ for id_, _ in causes}
    if "only_ids" in case:
        assert [id_ for id_, _ in causes] == case["only_ids"]
    assert {(id_, "possible") for id_ in case.get("possible", ())} <= set(causes)
    assert not set(case.get("not_out", ())) & {other.id for other in trouble.ruled_out}
    if "all_are" in case:
        assert {certainty for _, certainty in causes} == {case["all_are"]}
    assert set(case.get("out", ())) <= {other.id for other in trouble.ruled_out}
    assert not set(case.get("out", ())) & {id_ for id_, _ in causes}
    assert list(trouble.unexplained) == case.get("unexplained", [])
    assert report.exit_code == (3 if causes else 0)


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.id)
def test_a_rule_is_proven_by_all_of_its_evidence(rule: Rule) -> None:
    evidence = [Evidence(need.what, need.codes[0]) for need in rule.needs]
    found = {cause.id: cause for cause in judge("it", evidence, RULES).causes}
    if rule.id in found:
        assert found[rule.id].certainty is Certainty.PROVEN
        assert found[rule.id].seen == tuple(map(str, evidence))
        assert not found[rule.id].missing
    else:
        assert rule.beside
        [special] = [cause for cause in found.values() if cause.certainty is not Certainty.POSSIBLE]
        assert set(map(str, evidence)) <= set(special.seen)


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.id)
def test_a_rule_points_to_what_exists(rule: Rule) -> None:
    assert rule.source.startswith("https://")
    if rule.playbook:
        assert rule.playbook in {path.stem for path in map(Path, shipped_playbooks())}
    if rule.command:
        program, *words = shlex.split(rule.command)
        assert program == "aovpn-remediate"
        command: Any = main
        for word in words:
            if word in getattr(command, "commands", {}):
                command = command.commands[word]
        assert command.name in words
        options = {name for parameter in command.params for name in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options


def test_findings_that_rules_need_are_those_of_inspect_and_probe() -> None:
    rooms = {What.PROFILE: "inspect/profiles", What.PROBE: "probe/findings"}
    for rule in RULES.rules:
        for need in rule.needs:
            if need.what in rooms:
                room = _PACKAGE / rooms[need.what]
                source = "".join(p.read_text("utf-8") for p in room.rglob("*.py"))
                for code in need.codes:
                    assert _is_made(str(code), source), code


def _is_made(id_: str, source: str) -> bool:
    """True if the code makes the id, whole or of the value of an outcome."""
    prefix, _, outcome = id_.partition("-")
    return f'"{id_}"' in source or (f'f"{prefix}-{{' in source and outcome in set(IkeOutcome))


def test_ids_are_one_cause_each() -> None:
    ids = [rule.id for rule in RULES.rules]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", id_) for id_ in ids)
    assert NOTHING_MORE not in {
        code for rule in RULES.rules for n in rule.needs for code in n.codes
    }
