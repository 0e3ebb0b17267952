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

from aovpn_remediate.cli.commands.drift import options as drift_options
from aovpn_remediate.cli.options import common as options
from aovpn_remediate.cli.options.log_file import logged
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
@drift_options.service
@click.option("--once", is_flag=True, help="What is due now, and no more: for a timer.")
@options.quiet
@logged
@click.pass_context
def run(ctx: click.Context, *, service: drift_options.Service, once: bool, quiet: bool) -> None:
    """Look at each host again and again, and set what may be set.

    Each host has its time in the journal: a service that was away does at once what was due
    meanwhile, once, and several on one journal share the hosts. A host that cannot be read or set
    right is tried again after twice the time, each time twice as long, a day at most. Nothing is
    set outside change windows, nor where a waiver bears the difference.

    Stops cleanly on SIGTERM: what is under way is finished. With --once the exit code is 0 as
    wanted, 3 something differs, 1 not all was read or set.
    """
    from aovpn_remediate.engine.control import Stop

    service.check()
    if once and service.metrics:
        raise click.UsageError("--metrics goes with a service that stays: use --metrics-file")
    if service.metrics_file is not None and not service.metrics_file.parent.is_dir():
        folder = service.metrics_file.parent
        raise click.UsageError(f"--metrics-file: the folder {folder} is not there")
    stop = Stop()
    with _told(quiet=quiet), _ending(stop) as by:
        code = _serve(service, stop, once=once)
    if by:
        code = EXIT_COMPLIANT if by[0] == signal.SIGTERM else EXIT_INTERRUPTED
    ctx.exit(code)


def _serve(given: drift_options.Service, stop: Stop, *, once: bool) -> int:
    from aovpn_remediate.drift.http import parse_loopback, serve
    from aovpn_remediate.drift.metrics import DriftMetrics, registry
    from aovpn_remediate.journal.journal import opened

    place = parse_loopback(given.metrics) if given.metrics else None
    with ExitStack() as stack:
        service = _service(given, stack.enter_context(opened(given.journal)), stop)
        metrics = DriftMetrics(service.queue, service.history, service.health, service.clock)
        if once:
            code = service.once().exit_code
            _write(given, metrics)
            return code
        if place is not None:
            where = stack.enter_context(serve(place, registry(metrics), service.unhealthy_reason))
            _log.info("metrics are served on %s port %s", *where)

        def tick() -> float:
            pause = service.tick_and_pause()
            _write(given, metrics)
            return pause

        service.clock.repeat(tick, stop.begin_no_more)
    _log.info("ended: nothing is under way")
    return EXIT_COMPLIANT


def _service(given: drift_options.Service, journal: Journal, stop: Stop) -> Service:
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
        watched=WatchedAssignment(given.inventory),
        fleet=fleet_name(given.inventory, given.name),
        schedule=Schedule(given.every, given.jitter),
        clock=SystemClock(),
        random=random.random,
        fix_options=FixOptions(given.fix, given.allow_restart, given.allow_reboot),
        control=Control(stop=stop),
        options=Options(
            workers=given.workers,
            # Nobody watches: one host of each group goes first.
            serial=(Share(count=1), Share(percent=100)),
            # It does not wait for users to leave: a later turn may find fewer.
            drain=Drain(most=given.max_sessions, timeout=0),
        ),
    )


def _write(given: drift_options.Service, metrics: DriftMetrics) -> None:
    """The metrics into their file; a disk that is full ends no service."""
    from aovpn_remediate.drift.metrics import write_file
    from aovpn_remediate.errors import UsageError

    if given.metrics_file is not None:
        try:
            write_file(metrics, given.metrics_file)
        except UsageError as error:
            _log.warning("%s", error)


@contextmanager
def _told(*, quiet: bool) -> Iterator[None]:
    """What the service logs, on stderr; times are in UTC."""
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
def _ending(stop: Stop) -> Iterator[list[int]]:
    """While this lasts a signal ends the service; gives those that came.

    The first: nothing new is begun. The second: what is under way is ended. The third: at once.
    """
    came: list[int] = []

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if stop.end_now.is_set():
            os._exit(EXIT_INTERRUPTED)
        came.append(number)
        stop.request()

    if threading.current_thread() is not threading.main_thread():
        yield came
        return
    before = {n: signal.signal(n, on_signal) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
