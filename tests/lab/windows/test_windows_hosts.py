"""Simulated hosts that do not answer, and logons that they refuse."""

from __future__ import annotations

import pytest

from aovpn_remediate.lab.backend import HostGone
from tests.lab.windows.batches import ADDRESS, Bench
from tests.lab.windows.host_calls import ANSWERS


def test_hosts_that_are_down_or_unknown_do_not_answer() -> None:
    bench = Bench(down=True)

    assert not bench.windows.up(ADDRESS)
    assert not bench.windows.up("127.9.9.9")
    with pytest.raises(HostGone):
        bench.run(ANSWERS)


def test_a_host_refuses_the_logon_of_listed_users() -> None:
    bench = Bench(refuse_users=[r"CORP\Old"])

    assert not bench.windows.may_log_on(ADDRESS, r"corp\old")
    assert bench.windows.may_log_on(ADDRESS, "lab")
    assert not bench.windows.may_log_on("127.9.9.9", "lab")
