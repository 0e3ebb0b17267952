"""Events on hosts for Python's logging: names, states and costs, never a value.

A value of a step may be a secret, and PowerShell repeats a line of the script in its errors.
Results and the journal have both; a log, which may be sent around, has neither.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from aovpn_remediate.results import (
    FAILED_STATUSES,
    BackupRun,
    HostPlan,
    HostRun,
    RestartRun,
    StepRun,
)

_LOG = logging.getLogger(__name__)
# Without a handler Python writes errors to standard error, where the results are already.
_LOG.addHandler(logging.NullHandler())

_BEFORE_SENT = ("not_done", "unknown")
"""The statuses that are recorded before a step is sent: no event."""


def begun(host: str, run: str = "") -> None:
    """Log that the work on a host begins."""
    _LOG.info("host begun", extra=_who(host, run))


def ended(result: HostPlan | HostRun, run: str = "") -> None:
    """Log the end of the work on a host, with its restarts."""
    who = _who(result.host, run)
    if isinstance(result, HostRun):
        for restart in result.restarts:
            _restart(restart, who)
    fields = {**who, "seconds": result.seconds, "requests": result.requests}
    if result.error is None and not result.failed:
        _LOG.info("host finished", extra=fields)
    else:
        _LOG.error("host failed", extra={**fields, "why": _why(result)})


def examined(host: str, *, status: str, why: str, seconds: float, requests: int) -> None:
    """Log an examination of a host by `doctor`, with `why` it failed."""
    costs = {"seconds": seconds, "requests": requests}
    level = logging.ERROR if status == "failed" else logging.INFO
    fields = {**_who(host, ""), "status": status, "why": why or None, **costs}
    _LOG.log(level, "host examined", extra=fields)


def steps(lines: Iterable[StepRun], host: str, run: str) -> None:
    """Log the outcome of steps."""
    for line in lines:
        if line.status not in _BEFORE_SENT:
            level = logging.ERROR if line.status in FAILED_STATUSES else logging.INFO
            fields = {**_who(host, run), "step": line.id, "status": line.status}
            _LOG.log(level, "step %s", line.status.replace("_", " "), extra=fields)


def backed_up(backup: BackupRun, host: str, run: str) -> None:
    """Log that a backup was taken, left out, or has failed."""
    level = logging.ERROR if backup.status == "failed" else logging.INFO
    fields = {**_who(host, run), "backup": backup.of, "status": backup.status}
    _LOG.log(level, "backup %s", backup.status.replace("_", " "), extra=fields)


def fault(host: str, what: str, *, error: str, place: str) -> None:
    """Log an error of PowerShell: its id, and the line and character of the script."""
    fields = {**_who(host, ""), "step": what, "error": error, "place": place}
    _LOG.info("PowerShell error", extra=fields)


def stopping(services: Iterable[str], host: str, run: str) -> None:
    """Log that services are about to be restarted."""
    for service in services:
        _LOG.info("service stopping", extra={**_who(host, run), "restart": service})


def _restart(restart: RestartRun, who: dict[str, object]) -> None:
    level = logging.ERROR if restart.status == "failed" else logging.INFO
    fields = {
        **who,
        "restart": restart.what,
        "status": restart.status,
        "seconds": restart.seconds,
        "why": restart.message or None,
    }
    _LOG.log(level, "restart %s", restart.status.replace("_", " "), extra=fields)


def _why(result: HostPlan | HostRun) -> str:
    if result.error is None:
        return "a step, a check or a restart failed: see the result"
    if result.error_kind == "Unexpected":
        # The class and the place of the error; what follows may hold a value.
        return result.error.partition("): ")[0] + "): see the result"
    if result.error_kind == "ScriptError":
        return "PowerShell ended the script: see the result"
    return result.error


def _who(host: str, run: str) -> dict[str, object]:
    return {"host": host, "run": run or None}
