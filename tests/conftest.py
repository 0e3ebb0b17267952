"""What every test rests on."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

from .journal.fixtures import journal_url, postgresql, postgresql_url
from .powershell import counts
from .powershell.coverage import probes

__all__ = ["journal_url", "postgresql", "postgresql_url"]

# How long an example takes depends on what else this machine does.
settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any-machine")

if os.environ.get(probes.VARIABLE):
    probes.use()

# Tests start the program some hundred times: without bytecode each start compiles all of it anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A shell that starts the suite in the background makes it deaf to Ctrl-C, and its children with it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say on which engine how many tests ran."""
    ran = [
        report
        for outcome in ("passed", "failed", "xfailed")
        for report in terminalreporter.stats.get(outcome, ())
    ]
    for line in counts.lines(ran):
        terminalreporter.write_line(line)
