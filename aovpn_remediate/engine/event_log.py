"""What happens on hosts, for Python's logging: names, states and costs, never a value.

A value of a step may be somebody's secret, and PowerShell repeats a line of the script in its
errors; results and the journal have both, a log that is sent around has neither.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from aovpn_remediate.results import FAILED_STATUSES, HostPlan, HostRun, RestartRun, StepRun

_LOG = logging.getLogger(__name__)
# Results say all of it: without a handler it would go to standard error as well.
_LOG.addHandler(logging.NullHandler())

_NOT_YET = ("not_done", "unknown")
"""Written before a step is sent."""


def begun(host: str, run: str = "") -> None:
    """A host's turn has come."""
    _LOG.info("host begun", extra=_who(host, run))


def ended(result: HostPlan | HostRun, run: str = "") -> None:
    """A host is finished, well or not."""
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
    """A host was looked at from the outside in; `why` it is not well."""
    costs = {"seconds": seconds, "requests": requests}
    level = logging.ERROR if status == "failed" else logging.INFO
    fields = {**_who(host, ""), "status": status, "why": why or None, **costs}
    _LOG.log(level, "host examined", extra=fields)


def steps(lines: Iterable[StepRun], host: str, run: str) -> None:
    """What has become of steps."""
    for line in lines:
        if line.status not in _NOT_YET:
            level = logging.ERROR if line.status in FAILED_STATUSES else logging.INFO
            fields = {**_who(host, run), "step": line.id, "status": line.status}
            _LOG.log(level, "step %s", line.status.replace("_", " "), extra=fields)


def stopping(services: Iterable[str], host: str, run: str) -> None:
    """Services are about to be stopped, and started again."""
    for service in services:
        _LOG.info("service goes down", extra={**_who(host, run), "restart": service})


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
        return "a step, a check or a restart: the result says which"
    if result.error_kind == "ScriptError":
        return "PowerShell ended the script: the result says why"
    return result.error


def _who(host: str, run: str) -> dict[str, object]:
    return {"host": host, "run": run or None}
