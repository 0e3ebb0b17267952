"""The last line: the number of things in each state, in one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text

from aovpn_remediate.reports.words import count
from aovpn_remediate.results import Action, CheckResult, HostPlan, HostRun, Plan, Run, Verification
from aovpn_remediate.results.common import is_unreachable

_OTHERS = ("skipped", "stale", "unreadable", "unknown")
_Part = tuple[int, str, str]
"""A number, its words, their colour."""


def summary(document: Plan | Run | Verification) -> Text:
    """Give a line such as: Plan: 1 to change on 1 host, 1 compliant, 1 host could not be read."""
    if isinstance(document, Run):
        title, parts = document.action.capitalize(), _of_run(document.hosts)
    elif isinstance(document, Plan):
        title, parts = "Plan", _of_plan(document.hosts, "to change", "nothing to change")
    else:
        title, parts = "Verify", _of_plan(document.hosts, "not compliant", "all compliant")
    if document.interrupted:
        parts = [*parts, (1, "interrupted", "red")]
    line = Text(f"{title}: ", style="bold")
    shown = [Text(words, style=colour) for number, words, colour in parts if number]
    return line + Text(", ").join(shown or [Text("nothing to do")]) + Text(".", style="default")


def _of_plan(hosts: Sequence[HostPlan], differing: str, nothing: str) -> list[_Part]:
    changing = [sum(step.changes for step in host.steps) for host in hosts]
    steps = [step for host in hosts for step in host.steps]
    wanted = sum(step.readable and step.action is Action.NONE for step in steps)
    waived = sum(bool(step.waived) for step in steps)
    manual = sum(step.action is Action.MANUAL and not step.waived for step in steps)
    unread = sum(not step.readable for step in steps)
    return [
        _on_hosts(changing, differing, "yellow"),
        (not any(changing), nothing, "default"),
        (wanted, f"{wanted} compliant", "default"),
        (waived, f"{waived} waived", "blue"),
        (manual, f"{count(manual, 'manual action')} needed", "magenta"),
        (unread, f"{unread} unreadable", "red"),
        *_of_all(hosts),
    ]


def _of_run(hosts: Sequence[HostRun]) -> list[_Part]:
    def number(*statuses: str) -> list[int]:
        return [sum(step.status in statuses for step in host.steps) for host in hosts]

    statuses = ("unchanged", "waived", "manual", "not_done")
    unchanged, waived, manual, left = map(sum, map(number, statuses))
    restarts = [restart for host in hosts for restart in host.restarts]
    done = sum(restart.status == "done" for restart in restarts)
    lost = sum(restart.status == "failed" for restart in restarts)
    return [
        _on_hosts(number("changed"), "changed", "green"),
        (unchanged, f"{unchanged} unchanged", "default"),
        (waived, f"{waived} waived", "blue"),
        (done, f"{count(done, 'restart')} done", "green"),
        (manual, f"{count(manual, 'manual action')} needed", "magenta"),
        (left, f"{left} not done", "yellow"),
        _on_hosts(number("failed", "not_held"), "failed", "red"),
        *((sum(number(word)), f"{sum(number(word))} {word}", "red") for word in _OTHERS),
        (lost, f"{count(lost, 'restart')} failed", "red"),
        _waiting(bool(_open(host)) for host in hosts),
        *_of_all(hosts),
    ]


def _open(host: HostRun) -> list[str]:
    return [r.what for r in host.restarts if r.status in ("outstanding", "unproven")]


def _of_all(hosts: Sequence[HostPlan] | Sequence[HostRun]) -> list[_Part]:
    kept = sum(b.status in ("blocked", "unknown") for host in hosts for b in host.playbooks)
    silent = sum(is_unreachable(host.error_kind) for host in hosts)
    lost = sum(host.error is not None for host in hosts) - silent
    waiting = [bool(host.outstanding) for host in hosts if isinstance(host, HostPlan)]
    planning = any(isinstance(host, HostPlan) for host in hosts)
    words = "could not be read" if planning else "failed"
    late = sum(isinstance(host, HostRun) and bool(host.left) for host in hosts)
    return [
        *_of_checks([check for host in hosts for check in host.after]),
        (kept, f"{count(kept, 'playbook')} excluded", "red"),
        _waiting(waiting),
        (late, f"{count(late, 'host')} not started", "yellow"),
        (silent, f"{count(silent, 'host')} unreachable", "red"),
        (lost, f"{count(lost, 'host')} {words}", "red"),
    ]


def _of_checks(checks: Sequence[CheckResult]) -> list[_Part]:
    """Count those that failed and those that could not be read, without the pending ones."""
    fail = sum(check.ok is False for check in checks)
    unread = sum(check.ok is None and not check.pending for check in checks)
    return [
        (fail, f"{count(fail, 'check')} failed", "red"),
        (unread, f"{count(unread, 'check')} unreadable", "red"),
    ]


def _waiting(hosts: Iterable[bool]) -> _Part:
    number = sum(hosts)
    return number, f"pending restart on {count(number, 'host')}", "yellow"


def _on_hosts(numbers: Sequence[int], words: str, colour: str) -> _Part:
    on = count(sum(number > 0 for number in numbers), "host")
    return sum(numbers), f"{sum(numbers)} {words} on {on}", colour
