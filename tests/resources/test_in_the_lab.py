"""Each case that can be set, set and set back on a simulated host that gives the case's answer."""

from __future__ import annotations

from aovpn_remediate.lab.windows.kinds import MODELLED
from aovpn_remediate.resources import KINDS
from tests.lab.windows.batches import Bench
from tests.resources.cases import Case, each_case


def _is_set(kind: str, case: Case) -> bool:
    """Something is changed; what the lab has a model for, it is not told the answer of."""
    function = KINDS[kind].model_construct().function
    can_set = not KINDS[kind].read_only and function not in MODELLED
    return can_set and "wanted" in case and "manual" not in case


@each_case(_is_set)
def test_there_and_back(kind: str, case: Case) -> None:
    resource = KINDS[kind].model_validate(case["declared"])
    function, target = resource.function, resource.target()
    bench = Bench(answers={kind: [{"target": target, "answer": case["answer"]}]})
    before = resource.normalise(bench.read(function, target))
    wanted = resource.wanted(before)
    assert bench.set(function, target, resource.desired(wanted))["ok"]
    assert resource.same(resource.normalise(bench.read(function, target)), wanted)
    assert bench.set(function, target, resource.desired(before))["ok"]
    assert bench.read(function, target) == case["answer"]
