from __future__ import annotations

import signal

import pytest
from pytest_mock import MockerFixture

from aovpn_remediate.cli.terminal.interrupt import FIRST, SECOND, interruptible
from aovpn_remediate.engine.control import Stop


def test_ctrl_c_once_twice_and_three_times(mocker: MockerFixture) -> None:
    stop, told = Stop(), list[str]()
    leave = mocker.patch("os._exit")
    with interruptible(stop, told.append):
        signal.raise_signal(signal.SIGINT)
        assert (stop.begin_no_more.is_set(), stop.end_now.is_set()) == (True, False)
        signal.raise_signal(signal.SIGINT)
        assert stop.end_now.is_set()
        leave.assert_not_called()
        signal.raise_signal(signal.SIGINT)
    leave.assert_called_once_with(130)
    assert told[:2] == [FIRST, SECOND]


def test_sigterm_ends_the_hosts_under_way() -> None:
    stop, told = Stop(), list[str]()
    with interruptible(stop, told.append):
        signal.raise_signal(signal.SIGTERM)
    assert stop.end_now.is_set()
    assert told == [SECOND]


def test_ctrl_c_is_restored_afterwards() -> None:
    with interruptible(Stop(), print):
        pass
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
