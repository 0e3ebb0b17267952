"""The engine of the lab: simulated Windows hosts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from aovpn_remediate.errors import UsageError
from aovpn_remediate.lab.backend import Engine, HostGone, Output, ScriptFailure
from aovpn_remediate.lab.windows.answers import recorded
from aovpn_remediate.lab.windows.backups import BackupCall, invoke_backup
from aovpn_remediate.lab.windows.confirm import (
    ArmCall,
    DisarmCall,
    UndoCall,
    invoke_arm,
    invoke_disarm,
    invoke_undo,
)
from aovpn_remediate.lab.windows.events import EventsCall, get_events
from aovpn_remediate.lab.windows.facts import FACTS, FactsCall, get_facts
from aovpn_remediate.lab.windows.host import Host, Snapshot
from aovpn_remediate.lab.windows.kinds import MODELLED
from aovpn_remediate.lab.windows.kinds.base import Nothing, Parameters
from aovpn_remediate.lab.windows.model import HostSeed
from aovpn_remediate.lab.windows.restarts import (
    ServiceCall,
    invoke_reboot,
    invoke_restart,
    invoke_start,
)
from aovpn_remediate.lab.windows.runspace import Pipeline, Runspace, SetRecord
from aovpn_remediate.lab.windows.script import (
    Assignment,
    Call,
    Function,
    JoinedCalls,
    Statement,
    read_script,
)
from aovpn_remediate.lab.windows.services import Outage
from aovpn_remediate.lab.windows.steps import StepCall, invoke_step, validated
from aovpn_remediate.lab.windows.thrown import Thrown

_REBOOT = "Invoke-AovpnReboot"
COMMANDS: Mapping[str, tuple[type[Parameters], Callable[[Pipeline, Any], Output]]] = {
    "Invoke-AovpnStep": (StepCall, invoke_step),
    "Get-AovpnFacts": (FactsCall, get_facts),
    "Get-AovpnEvents": (EventsCall, get_events),
    "Invoke-AovpnRestart": (ServiceCall, invoke_restart),
    "Invoke-AovpnStart": (ServiceCall, invoke_start),
    _REBOOT: (Nothing, invoke_reboot),
    "Invoke-AovpnArm": (ArmCall, invoke_arm),
    "Invoke-AovpnDisarm": (DisarmCall, invoke_disarm),
    "Invoke-AovpnUndo": (UndoCall, invoke_undo),
    "Invoke-AovpnBackup": (BackupCall, invoke_backup),
}
"""The functions that a batch may call, with their parameters and simulations."""


class SimulatedWindows(Engine):
    """Simulated hosts by address, which answer the calls of the product as Windows would.

    No PowerShell runs: scripts are parsed, and any unknown text fails. A scheduled task runs when
    it is due and its host is next accessed, even by a client that cannot reach the host. `sets` has
    every Set that ran and `history` every outage, in order of time over all hosts. Raises
    `UsageError` for a seed with an unknown quirk.
    """

    def __init__(
        self,
        hosts: Mapping[str, HostSeed],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        _refuse_unknown_quirks(hosts)
        self.sets: list[SetRecord] = []
        self.history: list[Outage] = []
        self._skipped = timedelta()
        self._hosts = {
            address: Host(
                address, seed, clock=lambda: clock() + self._skipped, history=self.history
            )
            for address, seed in hosts.items()
        }

    def state(self, address: str) -> Host:
        """Return the host, for tests to read and change."""
        self._let_tasks_run(self._hosts[address])
        return self._hosts[address]

    def snapshot(self, address: str) -> Snapshot:
        """Return everything on a host that a step can change, as plain data to compare."""
        host = self.state(address)
        with host.lock:
            return host.snapshot()

    def let_time_pass(self, seconds: float) -> None:
        """Advance the clocks of the lab and its hosts, and run the tasks that are then due."""
        self._skipped += timedelta(seconds=seconds)
        self.let_tasks_run()

    def let_tasks_run(self) -> None:
        """Run the scheduled tasks that are due, on every host that is up."""
        for host in self._hosts.values():
            self._let_tasks_run(host)

    def _let_tasks_run(self, host: Host) -> None:
        with host.lock:
            while host.up and (task := host.tasks.take_due(host.now)):
                if result := host.quirks.rollback_result:
                    host.tasks.fail(task, result)
                    continue
                runspace = Runspace({}, host.boot)
                pipeline = Pipeline(host, runspace, task.script, self.sets, is_remote=False)
                for statement in read_script(task.script):
                    _carry_out(pipeline, statement)

    def up(self, host: str) -> bool:
        """Return True if the host exists and answers."""
        if host not in self._hosts:
            return False
        here = self.state(host)
        return here.up and not here.cut_off

    def may_log_on(self, host: str, user: str) -> bool:
        """Return True if the host exists and allows this user to log on."""
        if host not in self._hosts:
            return False
        refused = self._hosts[host].seed.refuse_users
        return user.casefold() not in (name.casefold() for name in refused)

    def run(self, host: str, script: str, session: dict[str, Any]) -> Iterator[Output]:
        """See `Engine.run`."""
        here = self._hosts[host]
        pipeline = Pipeline(here, Runspace(session, here.boot), script, self.sets)
        for statement in read_script(script):
            with here.lock:
                if not self.up(host) or here.boot != pipeline.runspace.boot:
                    raise HostGone
                output = _carry_out(pipeline, statement)
            if output is None:
                continue
            try:
                yield output
            finally:
                reboots = _is_reboot(statement)
                if reboots:
                    with here.lock:
                        here.reboot()
            if reboots:
                raise HostGone


def _refuse_unknown_quirks(hosts: Mapping[str, HostSeed]) -> None:
    known = {*FACTS, *(kind.name for kind in MODELLED.values())}
    for address, seed in hosts.items():
        if unknown := set(seed.quirks.unreadable) - known - set(recorded(seed)):
            names = ", ".join(sorted(unknown))
            raise UsageError(f"{address}: quirks.unreadable: unknown kind or fact: {names}")


def _carry_out(pipeline: Pipeline, statement: Statement) -> Output | None:
    match statement:
        case Function(name):
            pipeline.runspace.define(name)
        case Assignment(variable, value):
            if variable == "script:AovpnStopped":
                pipeline.runspace.stopped = bool(value)
        case Call():
            return _invoke(pipeline, statement)
        case JoinedCalls(calls):
            outputs = [_invoke(pipeline, call) for call in calls]
            text = "\n".join(output.text for output in outputs)
            return Output(text, sum(output.pause for output in outputs))
    return None


def _invoke(pipeline: Pipeline, call: Call) -> Output:
    pipeline.call = call
    try:
        pipeline.require(call.function)
    except Thrown as thrown:
        raise ScriptFailure(thrown.message, thrown.error_id) from thrown
    if call.function not in COMMANDS:
        raise ScriptFailure(f"the lab does not know the function {call.function}", "ParseException")
    parameters, command = COMMANDS[call.function]
    return command(pipeline, validated(parameters, call.arguments))


def _is_reboot(statement: Statement) -> bool:
    match statement:
        case Call(function):
            return function == _REBOOT
        case JoinedCalls(calls):
            return any(call.function == _REBOOT for call in calls)
    return False
