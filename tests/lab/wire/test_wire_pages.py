"""The control pages of the lab, for use from another process."""

from __future__ import annotations

import json

import pytest
import requests
from pypsrp.powershell import RunspacePool

from aovpn_remediate.lab.faults import Fault
from aovpn_remediate.lab.server import Lab
from tests.lab.wire.parrot import Parrot
from tests.lab.wire.visits import HOST, connection, visit


def get(lab: Lab, page: str) -> requests.Response:
    return requests.get(f"http://127.0.0.1:{lab.port}/_lab/{page}", timeout=5)


def test_pages_are_served_even_if_the_host_is_down(lab: Lab, engine: Parrot) -> None:
    engine.down.add("127.0.0.1")

    assert get(lab, "stats").json()["requests"] == 0
    with pytest.raises(requests.ConnectionError):
        visit(lab, host="127.0.0.1")


def test_pages_show_and_reset_the_counts(lab: Lab) -> None:
    visit(lab)

    assert get(lab, "stats").json()["actions"]["Receive"] == 3
    assert get(lab, f"stats?host={HOST}").json()["requests"] == 6
    entries = [json.loads(line) for line in get(lab, "requests").text.splitlines()]
    assert [entry["action"] for entry in entries][:2] == ["Create", "Receive"]
    assert get(lab, "reset").json()["requests"] == 6
    assert get(lab, "stats").json()["requests"] == 0


def test_pages_set_faults_and_settings(lab: Lab) -> None:
    get(lab, "fault?kind=503&action=Create&nth=2&code=5&seconds=0.1")
    get(lab, "set?latency=0.001&max_shells=3")

    assert list(lab.faults) == [Fault("503", action="Create", nth=2, code=5, seconds=0.1)]
    assert (lab.settings.latency, lab.settings.max_shells) == (0.001, 3)


@pytest.mark.parametrize(
    ("page", "status"),
    [
        ("nothing", 404),
        ("fault?kind=explode", 400),
        ("fault?kind=503&colour=red", 400),
        ("set?auth=Basic", 400),
        ("set?latency=much", 400),
    ],
)
def test_an_invalid_query_is_an_error(lab: Lab, page: str, status: int) -> None:
    answer = get(lab, page)

    assert answer.status_code == status
    assert answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/wsman", 405), ("POST", "/other", 404), ("POST", "/_lab/stats", 404)],
)
def test_unknown_paths_and_methods_are_errors(
    lab: Lab, method: str, path: str, status: int
) -> None:
    answer = requests.request(method, f"http://127.0.0.1:{lab.port}{path}", timeout=5)

    assert answer.status_code == status


def test_pages_list_what_clients_left_behind(lab: Lab) -> None:
    assert get(lab, "leaks").json() == []
    with connection(lab) as wsman:
        RunspacePool(wsman).open()

    (leak,) = get(lab, "leaks").json()
    assert leak.startswith(f"{HOST}: PsrpShell")
