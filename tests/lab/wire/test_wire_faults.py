"""Planned faults: their effect on clients, their counts, and that each occurs once."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any, get_args

import pytest
import requests
from pypsrp.exceptions import WinRMError, WinRMTransportError, WSManFaultError
from pypsrp.powershell import PowerShell, RunspacePool

from aovpn_remediate.lab.certificates import TlsFiles
from aovpn_remediate.lab.faults import Action, Fault, Kind
from aovpn_remediate.lab.server import Lab
from aovpn_remediate.lab.wire import recorded, refusals
from tests.lab.wire.parrot import Parrot, eventually
from tests.lab.wire.visits import (
    HOST,
    Send,
    connection,
    opened,
    output_bytes,
    recording_exchanges,
    run,
    sending,
    tls_options,
    visit,
)

Start = Callable[..., Lab]

SEEN = {
    "refuse": requests.ConnectionError,
    "reset": requests.ConnectionError,
    "reset_after": requests.ConnectionError,
    "close": requests.ConnectionError,
    "hang": requests.ReadTimeout,
    "503": WinRMTransportError,
    "garbage": ET.ParseError,
    "wrong_relates_to": WinRMError,
    "fault": WSManFaultError,
}
CARRIED_OUT = {"reset_after", "wrong_relates_to"}


@pytest.mark.parametrize("kind", SEEN)
def test_each_fault_reaches_the_client_once_and_is_counted(
    lab: Lab, engine: Parrot, kind: Kind
) -> None:
    action: Action = "*" if kind == "refuse" else "Command"
    lab.faults.add(Fault(kind, action=action))
    with connection(lab, read_timeout=0.2) as wsman:
        pool = RunspacePool(wsman)
        with pytest.raises(SEEN[kind]):
            _open_run_close(pool)

    eventually(lambda: len(engine.ran) == (kind in CARRIED_OUT))
    assert lab.host_stats(HOST).faults == {kind: 1}
    assert visit(lab) == ["hello"]
    assert lab.stats().faults == {kind: 1}


@pytest.mark.parametrize("kind", ["reset", "reset_after", "close", "503", "garbage", "fault"])
@pytest.mark.parametrize("action", ["Create", "Receive", "Command", "Delete"])
def test_faults_occur_in_encrypted_sessions(lab: Lab, kind: Kind, action: Action) -> None:
    lab.faults.add(Fault(kind, action=action))

    with connection(lab, auth="ntlm") as wsman:
        pool = RunspacePool(wsman)
        with pytest.raises(SEEN[kind]):
            _open_run_close(pool)
    assert visit(lab, auth="ntlm") == ["hello"]


def _open_run_close(pool: RunspacePool) -> None:
    pool.open()
    run(pool, "say hello")
    pool.close()


@pytest.mark.parametrize("kind", ["refuse", "reset", "close", "hang"])
def test_faults_occur_in_tls_sessions(start: Start, files: TlsFiles, kind: Kind) -> None:
    lab = start(tls=files)
    lab.faults.add(Fault(kind))

    with pytest.raises(SEEN[kind]):
        visit(lab, read_timeout=0.2, **tls_options(files))
    assert visit(lab, **tls_options(files)) == ["hello"]


@pytest.mark.parametrize("code", refusals.PLANNED)
def test_a_fault_has_the_planned_code(lab: Lab, code: int) -> None:
    lab.faults.add(Fault("fault", action="Create", code=code))

    with pytest.raises(WSManFaultError) as caught:
        visit(lab)

    assert caught.value.code == code
    assert lab.stats().refusals == {code: 1}


def test_a_fragment_is_truncated_only_in_the_first_answer(lab: Lab) -> None:
    faulty, whole = _faulty_and_whole(lab, "truncated_fragment")

    first, *rest = recorded.fragments(whole)
    assert faulty == first[:-8] + b"".join(rest)


def test_a_fragment_is_duplicated(lab: Lab) -> None:
    faulty, whole = _faulty_and_whole(lab, "duplicated_fragment")

    first, *rest = recorded.fragments(whole)
    assert faulty == first + first + b"".join(rest)


def _faulty_and_whole(lab: Lab, kind: Kind) -> tuple[bytes, bytes]:
    """Return the output with the fault, and that of the same Receive sent again."""
    with opened(lab) as pool:
        lab.faults.add(Fault(kind))
        pipeline = PowerShell(pool)
        pipeline.add_script("say hello")
        pipeline.begin_invoke()
        with recording_exchanges(pool.connection) as exchanges:
            pool.shell.receive("stdout", command_id=pipeline.id)
        message, answer = exchanges[0]
        return output_bytes(answer), output_bytes(pool.connection.transport.send(message))


def test_a_slow_answer_takes_its_time(lab: Lab) -> None:
    lab.faults.add(Fault("slow", action="Create", seconds=0.1))
    started = time.perf_counter()

    assert visit(lab) == ["hello"]
    assert time.perf_counter() - started >= 0.1


def test_the_output_of_a_lost_answer_is_repeated_for_the_same_receive(lab: Lab) -> None:
    with opened(lab) as pool:
        pipeline = PowerShell(pool)
        pipeline.add_script("say hello")
        pipeline.begin_invoke()
        lab.faults.add(Fault("reset_after", action="Receive"))
        with sending(pool.connection, twice):
            pipeline.poll_invoke()

    assert pipeline.output == ["hello"]


def twice(send: Send) -> Send:
    def once_lost_and_again(message: bytes, **how: Any) -> bytes:
        with pytest.raises(requests.ConnectionError):
            send(message, **how)
        return send(message, **how)

    return once_lost_and_again


def test_a_fault_occurs_at_the_nth_request_of_each_host(lab: Lab) -> None:
    lab.faults.add(Fault("503", action="Receive", nth=3))

    for host in (HOST, "127.0.0.6"):
        with opened(lab, host) as pool, pytest.raises(WinRMTransportError):
            run(pool, "say hello")
        assert lab.host_stats(host).actions["Receive"] == 3
        assert lab.host_stats(host).faults == {"503": 1}


def test_a_fault_of_one_host_does_not_affect_others(lab: Lab) -> None:
    lab.faults.add(Fault("503", action="Create", host=HOST))

    assert visit(lab, host="127.0.0.6") == ["hello"]
    with pytest.raises(WinRMTransportError):
        visit(lab)


def test_each_fault_counts_all_requests(lab: Lab) -> None:
    first, second = Fault("503", action="Create"), Fault("503", action="Create", nth=2)
    lab.faults.add(first, second)

    for _ in range(2):
        with pytest.raises(WinRMTransportError):
            visit(lab)
    assert visit(lab) == ["hello"]
    assert list(lab.faults) == [first, second]


def test_faults_can_be_cleared(lab: Lab) -> None:
    lab.faults.add(Fault("503"))
    lab.faults.clear()

    assert visit(lab) == ["hello"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"kind": "explode"}, "unknown fault 'explode'"),
        ({"kind": "reset", "action": "Enumerate"}, "unknown action 'Enumerate'"),
        ({"kind": "truncated_fragment", "action": "Create"}, "only to the action Receive"),
        ({"kind": "reset", "nth": 0}, "at least 1"),
        ({"kind": "fault", "code": 1}, "unknown fault code 1"),
    ],
)
def test_an_invalid_fault_is_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Fault(**wrong)


def test_every_kind_of_fault_is_tested_here() -> None:
    assert set(get_args(Kind)) == {*SEEN, "truncated_fragment", "duplicated_fragment", "slow"}
