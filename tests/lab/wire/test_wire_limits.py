"""Limits of a host: quotas, sizes, idle connections."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pypsrp.exceptions import WinRMTransportError, WSManFaultError
from pypsrp.powershell import RunspacePool

from aovpn_remediate.lab import server
from aovpn_remediate.lab.wire import refusals
from aovpn_remediate.lab.wire.connection import Connection
from tests.lab.wire.parrot import eventually
from tests.lab.wire.visits import (
    HOST,
    connection,
    opened,
    run,
    visit,
)

Start = Callable[..., server.Lab]


def test_shells_are_limited_per_user_and_host(start: Start) -> None:
    lab = start(max_shells=1)
    with opened(lab):
        with pytest.raises(WSManFaultError) as caught:
            visit(lab)
        assert visit(lab, host="127.0.0.6") == ["hello"]

    assert caught.value.code == refusals.SHELL_QUOTA
    assert visit(lab) == ["hello"]


def test_commands_are_limited_per_shell_until_signalled(start: Start) -> None:
    lab = start(max_commands=1)
    with opened(lab) as pool:
        first = run(pool, "say one")
        with pytest.raises(WSManFaultError) as caught:
            run(pool, "say two")
        first.close()
        assert run(pool, "say three").output == ["three"]

    assert caught.value.code == refusals.COMMAND_QUOTA


def test_an_unknown_endpoint_is_not_found(start: Start) -> None:
    lab = start(endpoints=("Microsoft.PowerShell", "PowerShell.7"))
    with connection(lab) as wsman, RunspacePool(wsman, configuration_name="powershell.7"):
        pass
    with connection(lab) as wsman:
        pool = RunspacePool(wsman, configuration_name="Elsewhere")
        with pytest.raises(WSManFaultError) as caught:
            pool.open()

    assert caught.value.code == refusals.NO_ENDPOINT


def test_an_envelope_that_is_too_large_is_answered_413(start: Start) -> None:
    lab = start(max_envelope=153_600)
    with opened(lab) as pool:
        with pytest.raises(WinRMTransportError) as caught:
            run(pool, "#" * 300_000)
        pool.connection.update_max_payload_size(153_600)
        pool._fragmenter.max_size = pool.connection.max_payload_size
        assert run(pool, "say fits\n#" + "#" * 300_000).output == ["fits"]

    assert caught.value.code == 413


def test_unencrypted_clients_reconnect_after_an_idle_connection_is_closed(lab: server.Lab) -> None:
    with opened(lab) as pool:
        close_idle(lab)
        assert run(pool, "say hello").output == ["hello"]

    assert lab.host_stats(HOST).connections == 2


def test_a_message_encrypted_for_a_closed_connection_is_answered_400(lab: server.Lab) -> None:
    with connection(lab, auth="ntlm") as wsman:
        pool = RunspacePool(wsman)
        pool.open()
        close_idle(lab)
        with pytest.raises(WinRMTransportError) as caught:
            run(pool, "say hello")

    assert caught.value.code == 400
    with pytest.raises(AssertionError, match="still open"):
        lab.assert_clean()


def close_idle(lab: server.Lab) -> None:
    """Close the connection as if it had been idle for too long."""
    host = lab._site.host(HOST)
    (idle,) = host.connections
    assert isinstance(idle, Connection)
    lab._ask(idle._close_idle)
    eventually(lambda: not host.connections)
