"""Enumeration of shells and commands by an unmodified client."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pypsrp.exceptions import WSManFaultError
from pypsrp.powershell import RunspacePool

from aovpn_remediate.lab.server import Lab
from aovpn_remediate.lab.wire.refusals import NO_ENDPOINT
from tests.lab.wire.visits import PASSWORD, USER, connection, opened, run

Start = Callable[..., Lab]
_OTHER = {"username": "lab", "password": "secret"}


def test_users_see_only_their_own_shells_and_commands(start: Start) -> None:
    lab = start(users={USER: PASSWORD, "lab": "secret"})
    with opened(lab) as first, opened(lab), opened(lab, **_OTHER) as other:
        command = run(first, "say hello").id
        with connection(lab) as asking:
            found = {
                pool.id: list(pool.pipelines) for pool in RunspacePool.get_runspace_pools(asking)
            }
        with connection(lab, **_OTHER) as asking:
            [its] = RunspacePool.get_runspace_pools(asking)
    assert len(found) == 2
    assert found[first.id.upper()] == [command.upper()]
    assert its.id == other.id.upper()


def test_nothing_else_can_be_enumerated(start: Start) -> None:
    with connection(start()) as asking, pytest.raises(WSManFaultError) as refused:
        asking.enumerate("http://schemas.microsoft.com/wbem/wsman/1/config/listener")
    assert refused.value.code == NO_ENDPOINT
