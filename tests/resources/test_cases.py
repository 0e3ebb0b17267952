"""Each kind against its cases."""

from __future__ import annotations

from typing import Any

import pytest

from aovpn_remediate.errors import Unreadable
from aovpn_remediate.resources import KINDS, declared
from tests.resources.cases import Case, each_case, is_refused, is_taken


@each_case(is_taken)
def test_case(kind: str, case: Case) -> None:
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


@each_case(is_refused)
def test_refused(kind: str, case: Case) -> None:
    with pytest.raises(ValueError, match=case["because"]):
        KINDS[kind].model_validate(case["declared"])


_HOSTILE: list[Any] = [
    *(True, 3, "text", [], [1], {}, {"type": "DWord"}, {"missing": 3}, {"exists": "yes"}),
    *({"accounts": None}, {"ikev2": "a"}, {"sid": 1, "member": "x", "nested": None}),
    {"type": "Binary", "data": [256]},
    {"type": "Binary", "data": "text"},
]


@pytest.mark.parametrize("answer", _HOSTILE, ids=repr)
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_a_host_answers_is_a_state_or_unreadable(kind: str, answer: Any) -> None:
    with pytest.raises(Unreadable):
        KINDS[kind].model_validate(KINDS[kind].example).normalise(answer)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].read_only])
def test_a_kind_that_is_only_read_says_what_a_person_has_to_do(kind: str) -> None:
    """Where one differs; what a host answers is not asked for here."""
    resource = KINDS[kind].model_validate(KINDS[kind].example)
    assert resource.manual(None, None)
