"""Made-up plans of hosts, for tests of pure functions."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from aovpn_remediate.results import (
    Action,
    CheckResult,
    HostPlan,
    Outstanding,
    PlannedStep,
    PlaybookOnHost,
    Restart,
)

BOOKS = ("alpha", "beta")
STEPS = tuple(f"{book}/{number}" for book in BOOKS for number in range(3))


def resource(step: str) -> dict[str, Any]:
    """Return the resource of a step; each step has a value of its own."""
    return {"registry_value": {"key": r"HKLM\SOFTWARE\T", "name": step, "type": "dword", "data": 1}}


def step(name: str, found: str = "absent", **more: Any) -> PlannedStep:
    """Return a step that reads `found`; `wanted` is compliant."""
    action = Action.NONE if found == "wanted" else Action.UPDATE
    given = {"action": action, "before_text": found, "after_text": "wanted", **more}
    return PlannedStep(id=name, title=name, resource=resource(name), **given)


def host_plan(*steps: PlannedStep, books: dict[str, str] | None = None, **more: Any) -> HostPlan:
    """Return the plan of a host; its playbooks apply unless `books` gives another status."""
    status = books or dict.fromkeys(sorted({s.id.partition("/")[0] for s in steps}), "applies")
    playbooks = [{"name": name, "status": status} for name, status in status.items()]
    return HostPlan.model_validate(
        {"host": "h", "playbooks": playbooks, "steps": [s.model_dump() for s in steps], **more}
    )


needs = st.sampled_from([Restart(), Restart(), Restart(reboot=True), Restart(services=("RasMan",))])
steps = st.builds(
    PlannedStep,
    id=st.sampled_from(STEPS),
    title=st.just("t"),
    resource=st.just(resource("t")),
    readable=st.booleans() | st.just(value=True),
    action=st.sampled_from(Action),
    before_text=st.sampled_from(["absent", "dword 0"]),
    after_text=st.just("dword 1"),
    reason=st.sampled_from(["", "group policy 'X' decides this right: change it there"]),
    then=needs,
    waived=st.sampled_from(["", "", "CHG1: because (until 2030-01-01)"]),
).map(lambda step: step.model_copy(update={"resource": resource(step.id)}))
checks = st.builds(
    CheckResult,
    id=st.sampled_from([f"{book}/{part}[0]" for book in BOOKS for part in ("before", "after")]),
    title=st.just("c"),
    resource=st.just(resource("c")),
    ok=st.none() | st.booleans(),
)
outstanding = st.builds(
    Outstanding,
    need=st.sampled_from(["reboot", "RasMan"]),
    since=st.just("2026-11-21T00:00:00Z"),
    run=st.just("r"),
    step=st.sampled_from([*STEPS, "gone/1"]),
    proven=st.booleans(),
)
books = st.lists(
    st.builds(
        PlaybookOnHost,
        name=st.sampled_from(BOOKS),
        status=st.sampled_from(["applies", "applies", "not_applicable", "blocked", "unknown"]),
    ),
    unique_by=lambda book: book.name,
)
hosts = st.builds(
    HostPlan,
    host=st.just("h"),
    error=st.sampled_from([None, None, None, "no answer"]),
    playbooks=books.map(tuple),
    steps=st.lists(steps, unique_by=lambda step: step.id, max_size=6).map(tuple),
    before=st.lists(checks, max_size=2).map(tuple),
    after=st.lists(checks, max_size=2).map(tuple),
    outstanding=st.lists(outstanding, max_size=3).map(tuple),
)
