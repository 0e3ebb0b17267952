from __future__ import annotations

from hypothesis import given, settings
from prometheus_client.parser import text_string_to_metric_families

from aovpn_remediate.reports import FORMATS, Document
from aovpn_remediate.reports.escape import visible
from tests.reports.documents import (
    NPS,
    PORTS,
    a_plan_of_everything,
    a_run_of_everything,
    run,
    the_plan_of_the_readme,
    verification,
)
from tests.reports.hostile import hostile_plan, hostile_run, texts

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def _read(document: Document) -> Samples:
    """Read the samples as Prometheus does, which refuses a sample that comes twice."""
    text = FORMATS["prometheus"](document)
    assert text.endswith("\n")
    samples = [s for f in text_string_to_metric_families(text) for s in f.samples]
    keys = [(s.name, frozenset(s.labels.items())) for s in samples]
    assert len(set(keys)) == len(keys)
    return dict(zip(keys, (s.value for s in samples), strict=True))


def _value(samples: Samples, name: str, **labels: str) -> float:
    return samples[f"aovpn_remediate_{name}", frozenset(labels.items())]


def test_hosts_and_steps_by_state() -> None:
    found = _read(the_plan_of_the_readme())
    states = {"as_wanted": 1, "differs": 1, "failed": 0, "not_read": 1, "not_begun": 0}
    for state, number in states.items():
        assert _value(found, "hosts", document="plan", state=state) == number
    for state, number in {"as_wanted": 1, "differs": 1, "manual": 0, "unreadable": 0}.items():
        assert _value(found, "steps", document="plan", playbook=NPS, state=state) == number
    assert sum(name == "aovpn_remediate_steps" for name, _ in found) == 5


def test_the_steps_of_a_run_are_by_its_own_states() -> None:
    found = _read(a_run_of_everything())
    assert _value(found, "steps", document="run", playbook=PORTS, state="not_held") == 1
    assert _value(found, "steps", document="run", playbook=NPS, state="stale") == 1
    assert _value(found, "steps", document="run", playbook=NPS, state="changed") == 1
    assert _value(found, "hosts", document="run", state="not_read") == 1


def test_pending_restarts() -> None:
    found = _read(a_plan_of_everything())
    assert _value(found, "restarts_outstanding", document="plan", host="rras-01") == 2
    assert _value(found, "restarts_outstanding", document="plan", host="nps-01") == 0
    found = _read(a_run_of_everything())
    assert _value(found, "restarts_outstanding", document="run", host="rras-01") == 2


def test_a_host_that_a_stopped_run_did_not_begin() -> None:
    found = _read(run({"host": "a", "left": "the run stopped before it"}))
    assert _value(found, "hosts", document="run", state="not_begun") == 1


def test_time_and_duration() -> None:
    found = _read(run({"host": "a", "seconds": 2.5}))
    assert _value(found, "host_seconds", document="run", host="a") == 2.5
    assert _value(found, "last_check_timestamp_seconds", document="run") == 1795226670
    assert _value(found, "last_check_exit_code", document="run") == 0
    found = _read(run({"host": "a"}, finished=None))
    assert _value(found, "last_check_timestamp_seconds", document="run") == 1795226584
    found = _read(verification(made_at="2026-11-21T02:03:04"))
    assert _value(found, "last_check_timestamp_seconds", document="verification") == 1795226584


@settings(max_examples=60, deadline=None)
@given(text=texts)
def test_texts_of_a_host_stay_labels(text: str) -> None:
    for document in (hostile_plan(text), hostile_run(text)):
        found = _read(document)
        host = visible(f"a{text}")
        assert _value(found, "host_seconds", document=document.kind, host=host) == 0
