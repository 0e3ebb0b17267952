"""PowerShell sessions of an unmodified pypsrp on the wire."""

from __future__ import annotations

import base64
import logging
import struct
import uuid
from collections.abc import Callable

import pytest
import requests
from pypsrp.complex_objects import PSInvocationState
from pypsrp.exceptions import WSManFaultError
from pypsrp.powershell import PowerShell, RunspacePool

from aovpn_remediate.lab import server
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
    visit,
)

Start = Callable[..., server.Lab]


def actions(lab: server.Lab) -> list[str]:
    return [entry.action for entry in lab.requests]


def test_a_session_takes_six_requests_on_one_connection(lab: server.Lab) -> None:
    assert visit(lab) == ["hello"]

    assert actions(lab) == ["Create", "Receive", "Receive", "Command", "Receive", "Delete"]
    assert lab.host_stats(HOST).requests == 6
    assert lab.host_stats(HOST).connections == 1
    lab.assert_clean()


def test_a_second_pipeline_takes_two_more_requests(lab: server.Lab) -> None:
    with opened(lab) as pool:
        run(pool, "say one")
        run(pool, "say two")

    assert lab.host_stats(HOST).requests == 8


def test_the_second_receive_announces_the_open_pool(lab: server.Lab) -> None:
    with connection(lab) as wsman, recording_exchanges(wsman) as exchanges, RunspacePool(wsman):
        received = [output_bytes(answer) for _, answer in exchanges[1:]]

    kinds = [[part[25] for part in recorded.fragments(output)] for output in received]
    # The low bytes of SESSION_CAPABILITY and APPLICATION_PRIVATE_DATA, then RUNSPACEPOOL_STATE.
    assert kinds == [[0x02, 0x09], [0x05]]


def test_the_host_identifies_as_windows_powershell(lab: server.Lab) -> None:
    with opened(lab) as pool:
        private_data = pool.application_private_data
    assert private_data is not None
    versions = private_data.data["PSVersionTable"]

    assert versions["PSVersion"] == "5.1.20348.2700"
    assert versions["PSEdition"] == "Desktop"


def test_state_of_a_script_lasts_as_long_as_the_runspace(lab: server.Lab) -> None:
    with opened(lab) as pool:
        run(pool, "keep treasure")
        assert run(pool, "kept").output == ["treasure"]

    assert visit(lab, "kept") == ["nothing"]


def test_state_in_a_local_scope_ends_with_the_script(lab: server.Lab) -> None:
    with opened(lab) as pool:
        pipeline = PowerShell(pool)
        pipeline.add_script("keep treasure", use_local_scope=True)
        pipeline.invoke()

        assert run(pool, "kept").output == ["nothing"]


def test_a_long_script_is_received_in_several_messages(lab: server.Lab, engine: Parrot) -> None:
    script = "say arrived\n#" + "ä'\u2019" * 200_000

    assert visit(lab, script) == ["arrived"]
    assert engine.ran == [(HOST, script)]
    assert "Send" in actions(lab)


def test_a_long_output_is_sent_in_several_answers_of_32_kib_fragments(lab: server.Lab) -> None:
    with opened(lab) as pool:
        pipeline = PowerShell(pool)
        pipeline.add_script("big 1500000")
        pipeline.begin_invoke()
        _, _, first = pool.shell.receive("stdout", command_id=pipeline.id)
        sizes = {len(part) for part in recorded.fragments(first["stdout"])}

    assert max(sizes) == 32_768
    assert visit(lab, "big 1500000") == ["x" * 1_500_000]
    assert max(entry.bytes_out for entry in lab.requests) <= 512_000


def test_a_terminating_error_fails_the_pipeline(lab: server.Lab) -> None:
    with opened(lab) as pool:
        pipeline = run(pool, "say before\nthrow it broke")

    assert pipeline.state == PSInvocationState.FAILED
    assert pipeline.output == ["before"]
    assert [str(error) for error in pipeline.streams.error] == ["it broke"]
    assert pipeline.streams.error[0].fq_error == "Thrown"


def test_a_bug_of_the_simulation_fails_the_pipeline_and_is_logged(
    lab: server.Lab, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(lab) as pool, caplog.at_level(logging.ERROR, "aovpn_remediate"):
        pipeline = run(pool, "bug")

    assert pipeline.state == PSInvocationState.FAILED
    assert "a bug of the simulation" in str(pipeline.streams.error[0])
    assert "LookupError" in caplog.text


def test_output_arrives_while_the_script_runs(lab: server.Lab) -> None:
    with opened(lab) as pool:
        pipeline = PowerShell(pool)
        pipeline.add_script("say early\nwait 0.1 late")
        pipeline.begin_invoke()
        pipeline.poll_invoke()

        assert (pipeline.output, pipeline.state) == (["early"], PSInvocationState.RUNNING)
        pipeline.end_invoke()
        assert pipeline.output == ["early", "late"]


def test_clients_ask_again_while_a_script_writes_nothing(start: Start) -> None:
    lab = start(max_timeout=0.03)

    assert visit(lab, "wait 0.1 late") == ["late"]
    assert lab.stats().refusals[refusals.TIMED_OUT] >= 1


def test_a_running_script_can_be_stopped(lab: server.Lab, engine: Parrot) -> None:
    with opened(lab) as pool:
        pipeline = PowerShell(pool)
        pipeline.add_script("say early\nwait 60 late")
        pipeline.begin_invoke()
        pipeline.stop()

        assert pipeline.state == PSInvocationState.STOPPED
        eventually(lambda: engine.ended == 1)
        assert run(pool, "say again").output == ["again"]
    lab.assert_clean()


@pytest.mark.parametrize("what", ["cmdlet", "parameter", "input", "two scripts"])
def test_pipelines_other_than_a_single_script_are_refused(
    lab: server.Lab, engine: Parrot, what: str
) -> None:
    with opened(lab) as pool:
        pipeline = PowerShell(pool)
        if what == "cmdlet":
            pipeline.add_cmdlet("Get-Service")
        else:
            pipeline.add_script("say hello")
        if what == "parameter":
            pipeline.add_parameter("Name", "value")
        if what == "two scripts":
            pipeline.add_statement().add_script("say more")
        pipeline.invoke(b"item" if what == "input" else None)

    assert pipeline.state == PSInvocationState.FAILED
    assert "simulated" in str(pipeline.streams.error[0])
    assert engine.ran == []


def test_a_host_that_goes_down_closes_its_connections_and_shells(
    lab: server.Lab, engine: Parrot
) -> None:
    with connection(lab) as wsman:
        pool = RunspacePool(wsman)
        pool.open()
        with pytest.raises(requests.ConnectionError):
            run(pool, "say before\ndown")
    with pytest.raises(requests.ConnectionError):
        visit(lab)
    assert visit(lab, host="127.0.0.6") == ["hello"]

    engine.down.clear()
    assert visit(lab) == ["hello"]
    lab.assert_clean()


def test_a_host_can_go_down_between_two_requests(lab: server.Lab, engine: Parrot) -> None:
    with connection(lab) as wsman:
        pool = RunspacePool(wsman)
        pool.open()
        engine.down.add(HOST)
        with pytest.raises(requests.ConnectionError):
            run(pool, "say hello")


def test_a_closed_shell_is_not_found(lab: server.Lab) -> None:
    with connection(lab) as wsman:
        pool = RunspacePool(wsman)
        pool.open()
        pool.shell.close()
        with pytest.raises(WSManFaultError) as caught:
            run(pool, "say hello")

    assert caught.value.code == refusals.NOT_FOUND


def test_an_unknown_command_is_not_found(lab: server.Lab) -> None:
    with opened(lab) as pool, pytest.raises(WSManFaultError) as caught:
        pool.shell.receive("stdout", command_id=str(uuid.uuid4()).upper())

    assert caught.value.code == refusals.NOT_FOUND


def test_a_command_is_not_accepted_twice(lab: server.Lab, engine: Parrot) -> None:
    with opened(lab) as pool:
        pipeline = run(pool, "say hello")
        with pytest.raises(WSManFaultError, match="is there already"):
            pool.shell.command("", arguments=[""], command_id=pipeline.id)

    assert len(engine.ran) == 1


@pytest.mark.parametrize(
    "junk", [b"junk", b"\0" * 40, struct.pack(">QQBI", 9, 0, 3, 48) + b"\4\0\0\0" * 12]
)
def test_malformed_fragments_are_refused(lab: server.Lab, junk: bytes) -> None:
    data, command_id = base64.b64encode(junk).decode(), str(uuid.uuid4())
    with opened(lab) as pool, pytest.raises(WSManFaultError) as caught:
        pool.shell.command("", arguments=[data], command_id=command_id)

    assert caught.value.code == refusals.NOT_UNDERSTOOD


def test_the_same_receive_gets_the_same_answer(lab: server.Lab) -> None:
    with opened(lab) as pool:
        with recording_exchanges(pool.connection) as exchanges:
            run(pool, "say hello")
        message, first = exchanges[-1]
        again = pool.connection.transport.send(message)

    assert output_bytes(again) == output_bytes(first)
    assert b"/CommandState/Done" in again


def test_a_receive_whose_connection_is_lost_consumes_no_output(lab: server.Lab) -> None:
    with opened(lab) as pool:
        pipeline = PowerShell(pool)
        pipeline.add_script("wait 0.2 late")
        pipeline.begin_invoke()
        with sending(pool.connection, impatient), pytest.raises(requests.ReadTimeout):
            pool.shell.receive("stdout", command_id=pipeline.id)
        pipeline.end_invoke()

    assert pipeline.output == ["late"]


def impatient(send: Send) -> Send:
    return lambda message, **_: send(message, timeout=0.02)
