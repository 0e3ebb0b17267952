"""The lab as tests use it: addresses, counts, leaks, delays, and its end."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

import pytest
import requests
from pypsrp.powershell import PowerShell, RunspacePool

from aovpn_remediate.errors import UsageError
from aovpn_remediate.lab.certificates import TlsFiles
from aovpn_remediate.lab.faults import Fault
from aovpn_remediate.lab.server import Lab
from aovpn_remediate.lab.wire import listening
from tests.lab.wire.parrot import Parrot, eventually
from tests.lab.wire.visits import HOST, PASSWORD, USER, connection, opened, run, tls_options, visit

Start = Callable[..., Lab]


def test_every_loopback_address_is_a_host(lab: Lab, engine: Parrot) -> None:
    for host in ("127.0.0.1", "127.9.8.7"):
        visit(lab, host=host)

    assert [host for host, _ in engine.ran] == ["127.0.0.1", "127.9.8.7"]
    assert lab.host_stats("127.9.8.7").requests == 6
    assert lab.stats().requests == 12
    assert lab.stats().hosts == 2


def test_the_url_of_a_host_has_the_scheme_and_port(lab: Lab, start: Start, files: TlsFiles) -> None:
    assert lab.url(HOST) == f"http://{HOST}:{lab.port}/wsman"
    secure = start(tls=files)
    assert secure.url() == f"https://127.0.0.1:{secure.port}/wsman"


@pytest.mark.parametrize("bind", ["192.0.2.1", "::1", "localhost", "10.0.0.1"])
def test_only_loopback_addresses_can_be_bound(engine: Parrot, bind: str) -> None:
    with pytest.raises(UsageError, match="listens on loopback only"):
        Lab(engine, bind=bind).start()


def test_a_port_in_use_is_reported(lab: Lab, engine: Parrot) -> None:
    with pytest.raises(UsageError, match=f":{lab.port}: Address already in use"):
        Lab(engine, port=lab.port).start()


def test_connections_to_other_addresses_of_this_machine_are_refused(lab: Lab) -> None:
    outside = _own_address()
    if outside is None:
        pytest.skip("this machine has no address but loopback")

    with pytest.raises(OSError, match=r"refused|reset"):
        _ask_for_stats(outside, lab.port)


def _ask_for_stats(address: str, port: int) -> None:
    with socket.create_connection((address, port), 5) as client:
        client.sendall(b"GET /_lab/stats HTTP/1.1\r\n\r\n")
        client.recv(1)


def _own_address() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return None if listening.is_loopback(address) else address


@pytest.mark.parametrize(
    ("address", "ours"),
    [("127.0.0.1", True), ("127.255.255.254", True), ("128.0.0.1", False), ("x", False)],
)
def test_loopback_is_127_0_0_0_slash_8(address: str, *, ours: bool) -> None:
    assert listening.is_loopback(address) == ours


def test_a_shell_left_open_is_a_leak(lab: Lab) -> None:
    with connection(lab) as wsman:
        RunspacePool(wsman).open()

    with pytest.raises(AssertionError, match=f"{HOST}: PsrpShell .* is still open"):
        lab.assert_clean()
    assert lab.stats().shells == 1


@pytest.mark.parametrize("deleted", [False, True])
def test_a_command_without_receive_is_a_leak(lab: Lab, *, deleted: bool) -> None:
    with connection(lab) as wsman:
        pool = RunspacePool(wsman)
        pool.open()
        pipeline = PowerShell(pool)
        pipeline.add_script("say hello")
        pipeline.begin_invoke()
        if deleted:
            pool.close()

    with pytest.raises(AssertionError, match=f"{HOST}: command {pipeline.id} was never received"):
        lab.assert_clean()


def test_a_command_whose_answer_was_lost_is_not_a_leak(lab: Lab) -> None:
    lab.faults.add(Fault("reset_after", action="Command"))
    with opened(lab) as pool, pytest.raises(requests.ConnectionError):
        run(pool, "say hello")

    lab.assert_clean()


def test_counts_can_be_read_after_the_lab_has_stopped(engine: Parrot) -> None:
    with Lab(engine, {"a": "b"}) as lab:
        visit(lab, username="a", password="b")

    assert lab.stats().requests == 6
    assert len(lab.requests) == 6
    lab.assert_clean()


def test_counts_can_be_reset(lab: Lab) -> None:
    visit(lab)
    lab.reset_stats()

    assert lab.stats().requests == 0
    assert lab.requests == []


def test_the_log_describes_each_request(start: Start) -> None:
    lab = start(latency=0.01)
    visit(lab, "big 5000")

    received = lab.requests[4]
    assert (received.host, received.action, received.status) == (HOST, "Receive", 200)
    assert received.bytes_out > 5000 > received.bytes_in > 1000
    assert received.seconds >= 0.01


def test_an_answer_that_was_not_sent_is_logged_with_status_0(lab: Lab) -> None:
    lab.faults.add(Fault("reset"))
    with pytest.raises(requests.ConnectionError):
        visit(lab)

    assert [(entry.status, entry.bytes_out) for entry in lab.requests] == [(0, 0)]


def test_opening_and_running_take_the_configured_time(start: Start) -> None:
    lab = start(open_seconds=0.03, run_seconds=0.05)
    started = time.perf_counter()
    visit(lab)

    assert time.perf_counter() - started >= 0.08


def test_jitter_is_the_same_for_the_same_seed(engine: Parrot) -> None:
    draws = [
        [Lab(engine, jitter=0.5, seed=seed).settings.draw(0.5) for _ in range(3)]
        for seed in (1, 1, 2)
    ]

    assert draws[0] == draws[1] != draws[2]


def test_many_sessions_at_once(lab: Lab) -> None:
    wrong: list[object] = []

    def work(host: str) -> None:
        for text in ("one", "two"):
            wrong.extend(found for found in visit(lab, f"say {text}", host) if found != text)

    threads = [threading.Thread(target=work, args=(f"127.0.1.{n}",)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
    assert lab.stats().actions["Delete"] == 16
    lab.assert_clean()


def test_a_lab_can_stop_with_open_sessions(engine: Parrot, files: TlsFiles) -> None:
    for tls in (None, files):
        with Lab(engine, {"a": "b"}, tls=tls) as lab:
            how = tls_options(tls) if tls else {}
            wsman = connection(lab, username="a", password="b", **how)
            pool = RunspacePool(wsman)
            pool.open()
            pipeline = PowerShell(pool)
            pipeline.add_script("wait 60 late")
            pipeline.begin_invoke()
        with pytest.raises(requests.ConnectionError):
            pipeline.poll_invoke()
        wsman.close()


def test_a_lab_can_be_started_again(engine: Parrot) -> None:
    lab = Lab(engine, {"a": "b"})
    for _ in range(2):
        with lab:
            assert visit(lab, username="a", password="b") == ["hello"]


ENVELOPE = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header><Action>x/{action}'
    "</Action>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "the XML is invalid"),
        ("<not closed", "the XML is invalid"),
        ("<a/>", "no header or no body"),
        (ENVELOPE.format(action="Put", header="", body=""), "x/Put is not supported"),
        (
            ENVELOPE.format(action="y", header="<OperationTimeout>1</OperationTimeout>", body=""),
            "invalid timeout",
        ),
        (ENVELOPE.format(action="Create", header="", body=""), "a Create needs a shell"),
        (ENVELOPE.format(action="Command", header="", body=""), "shell was not found"),
    ],
)
def test_malformed_and_unknown_requests_are_answered_with_a_fault(
    lab: Lab, body: str, words: str
) -> None:
    answer = requests.post(lab.url(HOST), data=body, auth=(USER, PASSWORD), timeout=5)

    assert answer.status_code == 500
    assert words in answer.text


def test_the_connection_of_a_client_that_leaves_is_removed(lab: Lab) -> None:
    with socket.create_connection(("127.0.0.1", lab.port)) as client:
        client.sendall(b"GET /_lab/stats HTTP/1.1\r\n\r\nPOST /wsman HTTP/1.1\r\n")
        assert client.recv(1)
    eventually(lambda: not lab._site.host("127.0.0.1").connections)


@pytest.mark.parametrize("secure", [False, True])
def test_a_lab_can_stop_with_silent_connections(
    engine: Parrot, files: TlsFiles, *, secure: bool
) -> None:
    with Lab(engine, tls=files if secure else None) as lab:
        clients = [socket.create_connection(("127.0.0.1", lab.port)) for _ in range(5)]
    for client in clients:
        client.close()
