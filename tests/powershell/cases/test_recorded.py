"""Each recorded answer is what a host prints, and what is wanted of it is set and set back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aovpn_remediate.resources import KINDS
from tests.powershell.host import EngineHost

from .answers import Case, arrange, clear, recorded

_CASES = [pytest.param(kind, case, id=f"{kind}/{case['case']}") for kind, case in recorded()]
_OLD = "the recorded answer is old: run `make record`"


@pytest.fixture(autouse=True)
def _clear(windows: EngineHost) -> Iterator[None]:
    yield
    clear(windows)


@pytest.mark.parametrize(("kind", "case"), _CASES)
def test_a_case_is_what_a_host_answers(windows: EngineHost, kind: str, case: Case) -> None:
    resource = arrange(windows, kind, case)
    assert windows.answer(resource) == case["answer"], _OLD
    wanted = case.get("wanted")
    if "wanted" not in case or "manual" in case or KINDS[kind].read_only:
        return
    target = resource.target()
    done = windows.set(resource.function, target, resource.desired(wanted))
    assert done["ok"], done
    assert resource.same(resource.normalise(windows.answer(resource)), wanted)
    back = resource.desired(resource.normalise(case["answer"]))
    done = windows.set(resource.function, target, back)
    assert done["ok"], done
    assert windows.answer(resource) == case["answer"]


def test_every_kind_has_a_recorded_case() -> None:
    assert {kind for kind, _ in recorded()} == set(KINDS)
