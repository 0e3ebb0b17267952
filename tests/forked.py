"""Processes of their own that begin at once: forked from one that has loaded all that a run loads.

Python and its imports take a second, and most of these processes are killed a moment later.
"""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import signal
import sys
import termios
from collections.abc import Mapping, Sequence
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import Any

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    [
        "pytest",
        "psycopg",
        "alembic.operations",
        "alembic.runtime.migration",
        "alembic.script",
        "aovpn_remediate.api.apply",
        "aovpn_remediate.api.doctor",
        "aovpn_remediate.api.plan",
        "aovpn_remediate.cli",
        "aovpn_remediate.drift.service",
        "aovpn_remediate.journal.migrations.upgrade",
        "aovpn_remediate.transports.psrp.session",
        "tests.engine.killing",
    ]
)


class Program:
    """A run of the command line, as `subprocess.Popen` would start it."""

    def __init__(
        self,
        words: Sequence[str],
        streams: Mapping[int, int],
        *,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        on_terminal: bool = False,
    ) -> None:
        """Start it with these files as its streams 0, 1 and 2; those not named are nowhere."""
        self._process = PROCESSES.Process(
            target=_run,
            args=(
                words,
                {number: DupFd(file) for number, file in streams.items()},
                folder or Path.cwd(),
                dict(os.environ if environment is None else environment),
            ),
            kwargs={"on_terminal": on_terminal},
            daemon=True,
        )
        self._process.start()

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self._process.exitcode is None:
            assert self._process.pid is not None
            os.kill(self._process.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def wait(self, seconds: float) -> int:
        """Its exit code; minus the number of the signal that has ended it."""
        self._process.join(seconds)
        assert self._process.exitcode is not None, "it has not ended"
        return self._process.exitcode


def _run(
    words: Sequence[str],
    streams: Mapping[int, Any],
    folder: Path,
    environment: Mapping[str, str],
    *,
    on_terminal: bool,
) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    given = {number: handle.detach() for number, handle in streams.items()}
    for number in range(3):
        os.dup2(given.get(number, nowhere), number)
    for file in (nowhere, *given.values()):
        os.close(file)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - as Python's own
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1)  # noqa: SIM115
    if on_terminal:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that Ctrl-C on it becomes a signal
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)

    from aovpn_remediate.cli import main

    main(list(words), prog_name="aovpn-remediate")
