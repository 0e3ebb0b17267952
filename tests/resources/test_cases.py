"""Each kind against its case files: a case is what is declared, what the host answers, and then.

Keys of a case: `case` (its name), `declared`, `answer`; then what must come of it: `state`,
`wanted` (left out: the state itself), `desired` (of wanted), `back` (desired of the state, for a
rollback), `shows` (state, wanted), `manual` and `notes` (parts of the text), `needs`, `unreadable`
(part of the text).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from aovpn_remediate.errors import Unreadable
from aovpn_remediate.resources import KINDS, declared

_HERE = Path(__file__).parent
_CASES = [
    pytest.param(path.parent.name, case, id=f"{path.parent.name}/{path.stem}/{case['case']}")
    for path in sorted(_HERE.glob("*/*.yaml"))
    if path.stem != "refused"
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]
_REFUSED = [
    pytest.param(path.parent.name, case, id=f"{path.parent.name}/{case['case']}")
    for path in sorted(_HERE.glob("*/refused.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]
_KNOWN = {
    *("case", "declared", "answer", "state", "wanted", "desired", "back", "shows", "manual"),
    *("notes", "needs", "unreadable"),
}


@pytest.mark.parametrize(("kind", "case"), _CASES)
def test_case(kind: str, case: dict[str, Any]) -> None:
    assert set(case) <= _KNOWN
    resource = KINDS[kind].model_validate(case["declared"])
    assert KINDS[kind].model_validate(declared(resource)[kind]) == resource
    if "unreadable" in case:
        with pytest.raises(Unreadable, match=case["unreadable"]):
            resource.normalise(case["answer"])
        return
    state = resource.normalise(case["answer"])
    assert state == case["state"]
    wanted = resource.wanted(state)
    assert wanted == case.get("wanted", state)
    assert resource.same(state, wanted) == ("wanted" not in case)
    assert resource.same(resource.wanted(wanted), wanted), "to apply twice is to apply once"
    if "desired" in case:
        assert resource.desired(wanted) == case["desired"]
    if "back" in case:
        assert resource.desired(state) == case["back"]
    if "shows" in case:
        assert [resource.show(state), resource.show(wanted)] == case["shows"]
    if "manual" in case:
        assert case["manual"] in (resource.manual(case["answer"], state) or "")
    elif "wanted" in case and not resource.read_only:
        assert resource.manual(case["answer"], state) is None
    for part in case.get("notes", []):
        assert any(part in note for note in resource.notes(case["answer"]))
    needs = str(resource.consequence(case["answer"], state, wanted))
    assert needs == case.get("needs", "")


@pytest.mark.parametrize(("kind", "case"), _REFUSED)
def test_refused(kind: str, case: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=case["because"]):
        KINDS[kind].model_validate(case["declared"])


_HOSTILE: list[Any] = [
    *(True, 3, "text", [], [1], {}, {"type": "DWord"}, {"missing": 3}, {"exists": "yes"}),
    *({"accounts": None}, {"ikev2": "a"}, {"sid": 1, "member": "x", "nested": None}),
    {"type": "Binary", "data": [256]},
    {"type": "Binary", "data": "text"},
]
_DECLARED: dict[str, dict[str, Any]] = {
    "registry_value": {"key": "HKLM\\A", "name": "x", "type": "binary", "data": "01"},
    "service": {"name": "IAS", "status": "running"},
    "user_right": {"right": "SeServiceLogonRight", "accounts": ["x"]},
    "vpn_server_ports": {"ikev2": 5},
    "os_build": {"at_least": 20348},
    "installed_program": {"name": "x"},
    "local_group_member": {"group": "g", "account": "a"},
}


@pytest.mark.parametrize("answer", _HOSTILE, ids=repr)
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_a_host_answers_is_a_state_or_unreadable(kind: str, answer: Any) -> None:
    with pytest.raises(Unreadable):
        KINDS[kind].model_validate(_DECLARED[kind]).normalise(answer)
