"""`drift run`: the service."""

from __future__ import annotations

import logging
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import click

from aovpn_remediate.cli.commands.drift.options import ServiceOptions, service_options
from aovpn_remediate.cli.options.common import quiet_option
from aovpn_remediate.cli.options.log_file import log_file_option
from aovpn_remediate.cli.program import verb
from aovpn_remediate.errors import EXIT_COMPLIANT, EXIT_INTERRUPTED

if TYPE_CHECKING:
    from aovpn_remediate.drift.metrics import DriftMetrics
    from aovpn_remediate.drift.service import Service
    from aovpn_remediate.engine.control import Stop
    from aovpn_remediate.journal.journal import Journal

_log = logging.getLogger("aovpn_remediate.drift")


@verb(
    "aovpn-remediate drift run -i fleet.yaml --every 1h --jitter 5m",
    "aovpn-remediate drift run -i fleet.yaml --every 1h --fix safe --metrics 127.0.0.1:9477",
)
@service_options
@click.option("--once", is_flag=True, help="Check the hosts that are due and exit: for a timer.")
@quiet_option
@log_file_option
@click.pass_context
def run(ctx: click.Context, *, service: ServiceOptions, once: bool, quiet: bool) -> None:
    """Check each host at an interval, and fix what may be fixed.

    The schedule is in the journal: after a pause of the service every overdue host is checked once,
    and several services on one journal share the hosts. A host that fails is checked less and less
    often, at least once a day. Nothing is fixed outside change windows or where a waiver accepts
    the deviation.

    SIGTERM stops the service after the hosts under way. With --once hosts that are not due are
    reported as last known, and the exit code is 0 if all hosts are compliant, 3 if something
    differs or a host was never checked, 1 if a host could not be read or fixed.
    """
    from aovpn_remediate.engine.control import Stop

    service.check()
    if once and service.metrics:
        raise click.UsageError("--metrics cannot be combined with --once: use --metrics-file")
    if service.metrics_file is not None and not service.metrics_file.parent.is_dir():
        folder = service.metrics_file.parent
        raise click.UsageError(f"--metrics-file: the folder {folder} does not exist")
    stop = Stop()
    with _log_on_stderr(quiet=quiet), _stopped_by_signals(stop) as received:
        code = _serve(service, stop, once=once)
    if received:
        code = EXIT_COMPLIANT if received[0] == signal.SIGTERM else EXIT_INTERRUPTED
    ctx.exit(code)


def _serve(options: ServiceOptions, stop: Stop, *, once: bool) -> int:
    from aovpn_remediate.drift.http import parse_loopback, serve
    from aovpn_remediate.drift.metrics import DriftMetrics, registry
    from aovpn_remediate.journal.journal import opened

    address = parse_loopback(options.metrics) if options.metrics else None
    with ExitStack() as stack:
        service = _service(options, stack.enter_context(opened(options.journal)), stop)
        metrics = DriftMetrics(service.queue, service.history, service.health, service.clock)
        if once:
            code = service.once_with_last_known()
            _write(options, metrics)
            return code
        if address is not None:
            served = stack.enter_context(
                serve(address, registry(metrics), service.unhealthy_reason)
            )
            _log.info("serving metrics on %s port %s", *served)

        def tick() -> float:
            pause = service.tick_and_pause()
            _write(options, metrics)
            return pause

        service.clock.repeat(tick, stop.begin_no_more)
    _log.info("stopped: no host is under way")
    return EXIT_COMPLIANT


def _service(options: ServiceOptions, journal: Journal, stop: Stop) -> Service:
    from aovpn_remediate.drift.assignment import WatchedAssignment, fleet_name
    from aovpn_remediate.drift.clock import SystemClock
    from aovpn_remediate.drift.policy import FixOptions
    from aovpn_remediate.drift.schedule import Schedule
    from aovpn_remediate.drift.service import Service
    from aovpn_remediate.engine.control import Control
    from aovpn_remediate.engine.restart.drain import Drain
    from aovpn_remediate.engine.rollout.options import Options
    from aovpn_remediate.inventory.model import Share

    return Service(
        journal=journal,
        watched=WatchedAssignment(options.inventory),
        fleet=fleet_name(options.inventory, options.name),
        schedule=Schedule(options.every, options.jitter),
        clock=SystemClock(),
        random=random.random,
        fix_options=FixOptions(options.fix, options.allow_restart, options.allow_reboot),
        control=Control(stop=stop),
        options=Options(
            workers=options.workers,
            no_backup=options.no_backup,
            backup_dir=options.backup_dir or "",
            # Nobody watches, so one host of each group goes first.
            serial=(Share(count=1), Share(percent=100)),
            # The service does not wait for users to disconnect: a later check may find fewer.
            drain=Drain(most=options.max_sessions, timeout=0),
        ),
    )


def _write(options: ServiceOptions, metrics: DriftMetrics) -> None:
    """Write the metrics to their file; a full disk does not end the service."""
    from aovpn_remediate.drift.metrics import write_file
    from aovpn_remediate.errors import UsageError

    if options.metrics_file is not None:
        try:
            write_file(metrics, options.metrics_file)
        except UsageError as error:
            _log.warning("%s", error)


@contextmanager
def _log_on_stderr(*, quiet: bool) -> Iterator[None]:
    """Log the service on stderr, with times in UTC."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%SZ")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    handler.setLevel(logging.WARNING if quiet else logging.INFO)
    level = _log.level
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    try:
        yield
    finally:
        _log.setLevel(level)
        _log.removeHandler(handler)


@contextmanager
def _stopped_by_signals(stop: Stop) -> Iterator[list[int]]:
    """Stop the service by Ctrl-C and SIGTERM; yield the signals received so far.

    The first signal begins nothing new, the second ends the hosts under way, the third exits at
    once.
    """
    received: list[int] = []

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if stop.end_now.is_set():
            os._exit(EXIT_INTERRUPTED)
        received.append(number)
        stop.request()

    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    before = {n: signal.signal(n, on_signal) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
