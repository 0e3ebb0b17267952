"""What a host does not put up with: quotas, sizes, quiet connections."""

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


def test_a_user_has_so_many_shells_and_no_more(start: Start) -> None:
    lab = start(max_shells=1)
    with opened(lab):
        with pytest.raises(WSManFaultError) as caught:
            visit(lab)
        assert visit(lab, host="127.0.0.6") == ["hello"]

    assert caught.value.code == refusals.SHELL_QUOTA
    assert visit(lab) == ["hello"]


def test_a_shell_has_so_many_commands_until_they_are_signalled(start: Start) -> None:
    lab = start(max_commands=1)
    with opened(lab) as pool:
        first = run(pool, "say one")
        with pytest.raises(WSManFaultError) as caught:
            run(pool, "say two")
        first.close()
        assert run(pool, "say three").output == ["three"]

    assert caught.value.code == refusals.COMMAND_QUOTA


def test_an_endpoint_that_is_not_there_is_not_found(start: Start) -> None:
    lab = start(endpoints=("Microsoft.PowerShell", "PowerShell.7"))
    with connection(lab) as wsman, RunspacePool(wsman, configuration_name="powershell.7"):
        pass
    with connection(lab) as wsman:
        pool = RunspacePool(wsman, configuration_name="Elsewhere")
        with pytest.raises(WSManFaultError) as caught:
            pool.open()

    assert caught.value.code == refusals.NO_ENDPOINT


def test_too_large_an_envelope_is_answered_413(start: Start) -> None:
    lab = start(max_envelope=153_600)
    with opened(lab) as pool:
        with pytest.raises(WinRMTransportError) as caught:
            run(pool, "#" * 300_000)
        pool.connection.update_max_payload_size(153_600)
        pool._fragmenter.max_size = pool.connection.max_payload_size
        assert run(pool, "say fits\n#" + "#" * 300_000).output == ["fits"]

    assert caught.value.code == 413


def test_plain_clients_do_not_mind_that_a_quiet_connection_is_closed(lab: server.Lab) -> None:
    with opened(lab) as pool:
        fall_quiet(lab)
        assert run(pool, "say hello").output == ["hello"]

    assert lab.host_stats(HOST).connections == 2


def test_after_that_a_message_sealed_with_the_old_key_is_answered_400(lab: server.Lab) -> None:
    with connection(lab, auth="ntlm") as wsman:
        pool = RunspacePool(wsman)
        pool.open()
        fall_quiet(lab)
        with pytest.raises(WinRMTransportError) as caught:
            run(pool, "say hello")

    assert caught.value.code == 400
    with pytest.raises(AssertionError, match="still open"):
        lab.assert_clean()


def fall_quiet(lab: server.Lab) -> None:
    """As if the connection had been quiet for too long."""
    host = lab._site.host(HOST)
    (quiet,) = host.connections
    assert isinstance(quiet, Connection)
    lab._ask(quiet._close_idle)
    eventually(lambda: not host.connections)
