"""Playbooks: reading the file, and resolving the expressions."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from aovpn_remediate.errors import PlaybookError, UsageError
from aovpn_remediate.playbook.loader import PlaybookFile, load_playbook
from aovpn_remediate.playbook.model import Applies, Symptom
from aovpn_remediate.resources import KINDS
from aovpn_remediate.resources.base import Resource
from aovpn_remediate.resources.registry_value import RegistryValue
from aovpn_remediate.resources.restart import NOTHING, Restart
from aovpn_remediate.resources.service import Service

WHOLE = r"""
name: nps-x
summary: says it
symptoms: [{client_error: 853, nps_reason: 258}]
source: https://example.org/x
risk: some
hosts: nps
applies: {role: nps, os_build_at_least: 17134}
vars: {eap_types: [13, 25]}
before:
  - service: {name: IAS, exists: true}
steps:
  - id: eap
    each: "{{ eap_types }}"
    registry_value:
      key: 'HKLM\EAP\{{ item }}'
      name: X
      type: dword
      data: "{{ item + offset }}"
    then: reboot
  - id: plain
    service: {name: IAS, startup: automatic}
    then: {restart: [A, B]}
after:
  - service: {name: IAS, status: running}
"""


def load_text(folder: Path, text: str) -> PlaybookFile:
    path = folder / "x.yaml"
    path.write_text(text, encoding="utf-8")
    return load_playbook(path)


def steps(text: str, folder: Path) -> PlaybookFile:
    return load_text(folder, f"name: x\nsummary: x\nhosts: nps\n{text}")


def test_a_playbook_is_resolved_whole(tmp_path: Path) -> None:
    file = load_text(tmp_path, WHOLE)

    playbook = file.resolve({"offset": 1})

    assert playbook.name == "nps-x"
    assert playbook.summary == "says it"
    assert playbook.hosts == file.hosts == "nps"
    assert playbook.source == "https://example.org/x"
    assert playbook.risk == "some"
    assert playbook.symptoms == (Symptom(client_error=853, nps_reason=258),)
    assert playbook.applies == Applies(role="nps", os_build_at_least=17134)
    assert playbook.digest.startswith("sha256:")
    assert [check.id for check in playbook.before] == ["nps-x/before[0]"]
    assert playbook.before[0].resource == Service(name="IAS", exists=True)
    assert [check.id for check in playbook.after] == ["nps-x/after[0]"]
    assert [step.id for step in playbook.steps] == ["nps-x/eap-13", "nps-x/eap-25", "nps-x/plain"]
    assert playbook.steps[1].resource == RegistryValue(
        key=r"HKEY_LOCAL_MACHINE\EAP\25", name="X", type="dword", data=26
    )
    assert [step.then for step in playbook.steps] == [
        Restart(reboot=True),
        Restart(reboot=True),
        Restart(services=("A", "B")),
    ]


def test_given_variables_win_over_those_of_the_playbook(tmp_path: Path) -> None:
    playbook = load_text(tmp_path, WHOLE).resolve({"offset": 0, "eap_types": [26]})

    assert [step.id for step in playbook.steps] == ["nps-x/eap-26", "nps-x/plain"]


def test_a_playbook_lists_the_variables_that_it_needs(tmp_path: Path) -> None:
    assert load_text(tmp_path, WHOLE).needs() == {"offset"}


def test_item_is_a_variable_without_each(tmp_path: Path) -> None:
    file = steps('steps: [{id: a, service: {name: "{{ item }}", exists: true}}]', tmp_path)

    assert file.needs() == {"item"}


def test_values_of_variables_are_never_templates(tmp_path: Path) -> None:
    file = steps(
        r"steps: [{id: a, registry_value: {key: HKLM\A, name: x, type: string, data: '{{ v }}'}}]",
        tmp_path,
    )

    [step] = file.resolve({"v": "{{ 9 }} {% x %} $(x)"}).steps

    assert step.resource == RegistryValue(
        key=r"HKLM\A", name="x", type="string", data="{{ 9 }} {% x %} $(x)"
    )


@pytest.mark.parametrize("item", ["13", 13, "SSL 3.0", r"CORP\svc"])
def test_each_item_gives_an_id(tmp_path: Path, item: object) -> None:
    text = (
        "vars: {items: []}\nsteps: [{id: a, each: '{{ items }}', service: {name: X, exists: true}}]"
    )

    [step] = steps(text, tmp_path).resolve({"items": [item]}).steps

    assert (
        step.id
        == {"13": "x/a-13", "SSL 3.0": "x/a-ssl-3.0", r"CORP\svc": "x/a-corp-svc"}[str(item)]
    )
    assert step.then == NOTHING


def _ids(tmp_path: Path, *items: object) -> list[str]:
    text = (
        "vars: {items: []}\n"
        "steps: [{id: a, each: '{{ items }}', service: {name: '{{ item }}x', exists: true}}]"
    )
    found = steps(text, tmp_path).resolve({"items": list(items)}).steps
    return [step.id.removeprefix("x/a-") for step in found]


def test_items_of_any_text_have_ids(tmp_path: Path) -> None:
    tokyo, osaka, one, other, marks, empty, plain = _ids(
        tmp_path, "\u6771\u4eac", "\u5927\u962a", "VPN 1", "VPN-1", "!!", "", "plain"
    )
    assert (tokyo, osaka) == ("130016b2", "6df97746")
    assert (one, other) == ("vpn-1-5f550e02", "vpn-1-5f681b0b")
    assert len({marks, empty}) == 2
    assert plain == "plain"


def test_the_id_of_an_item_stays_when_others_come_and_go(tmp_path: Path) -> None:
    [alone] = _ids(tmp_path, "\u6771\u4eac")
    assert _ids(tmp_path, "!!", "\u6771\u4eac", "x")[1] == alone
    assert _ids(tmp_path, "VPN 1", "VPN-1") == list(reversed(_ids(tmp_path, "VPN-1", "VPN 1")))


def test_no_items_are_no_steps(tmp_path: Path) -> None:
    file = steps("steps: [{id: a, each: [], service: {name: X, exists: true}}]", tmp_path)

    assert file.resolve({}).steps == ()


def test_a_read_only_kind_may_be_a_step(tmp_path: Path) -> None:
    [step] = steps("steps: [{id: a, os_build: {at_least: 17763}}]", tmp_path).resolve({}).steps

    assert step.resource.read_only


class _Picky(Resource):
    kind: ClassVar[str] = "picky"
    summary: ClassVar[str] = "for this test"

    size: int


def test_the_caller_gives_the_kinds(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("name: x\nsummary: x\nhosts: a\nsteps: [{id: a, picky: {size: 1}}]")

    playbook = load_playbook(path, {**KINDS, "picky": _Picky}).resolve({})

    assert playbook.steps[0].resource == _Picky(size=1)


def test_problems_that_no_variable_can_fix_are_reported_when_reading(
    tmp_path: Path,
) -> None:
    text = 'steps: [{id: a, service: {name: "{{ x }}", exists: 1, statsu: "{{ y }}"}}]'

    with pytest.raises(PlaybookError) as refused:
        steps(text, tmp_path)

    assert [problem.what for problem in refused.value.problems] == [
        "should be true or false, but is the number 1",
    ]


def test_an_unknown_name_suggests_a_shipped_playbook() -> None:
    with pytest.raises(UsageError, match=r"did you mean rras-port-counts\?"):
        load_playbook("rras-port-count")


def test_a_name_that_looks_like_a_path_is_a_path() -> None:
    for name in ("nowhere/x", "nowhere.yaml", "nowhere.yml"):
        with pytest.raises(PlaybookError, match="no such file"):
            load_playbook(name)
