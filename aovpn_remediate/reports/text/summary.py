"""The last line: the number of things in each state, in one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text

from aovpn_remediate.reports.document import Document
from aovpn_remediate.reports.vocabulary import STATES, What
from aovpn_remediate.reports.words import count
from aovpn_remediate.results import Audit, CheckResult, HostPlan, HostRun, Plan, Preview, Run
from aovpn_remediate.results.common import is_unreachable

_READ, _UNREAD = "could be read", "could not be read"
_Part = tuple[int, str, str]
"""A number, its words, their colour."""


def summary(document: Document) -> Text:
    """Return a line such as: Plan: 2 of 3 hosts could be read, 1 to change on 1 host, 1 compliant.

    Where hosts could not be read, the first words say so: nothing is known of them.
    """
    if isinstance(document, Run):
        title, parts = document.action.capitalize(), _of_run(document.hosts)
    elif isinstance(document, Preview):
        title, parts = "Preview", _of_plan(document.hosts, "to restore", "nothing to restore")
    elif isinstance(document, Plan):
        title, parts = "Plan", _of_plan(document.hosts, "to change", "nothing to change")
        parts.append(_backups(sum(host.only_backed_up for host in document.hosts), "to take"))
    else:
        title = "Audit" if isinstance(document, Audit) else "Verify"
        parts = _of_plan(document.hosts, "not compliant", "all compliant")
    if document.interrupted:
        parts = [*parts, (1, "interrupted", "red")]
    line = Text(f"{title}: ", style="bold")
    shown = [Text(words, style=colour) for number, words, colour in parts if number]
    return line + Text(", ").join(shown or [Text("nothing to do")]) + Text(".", style="default")


def _of_plan(hosts: Sequence[HostPlan], differing: str, nothing: str) -> list[_Part]:
    changing = [sum(step.changes for step in host.steps) for host in hosts]
    found = [step.state for host in hosts for step in host.steps]
    read = sum(host.error is None for host in hosts)
    is_whole = read == len(hosts) and not any(host.failed for host in hosts)
    return [
        (
            read < len(hosts),
            f"{read} of {count(len(hosts), 'host')} {_READ}",
            _colour("host", "not_read"),
        ),
        _on_hosts(changing, differing, "yellow"),
        (is_whole and not any(changing), nothing, "default"),
        _steps(found.count("as_wanted"), "as_wanted"),
        _steps(found.count("waived"), "waived"),
        _manual(found.count("manual")),
        _unread(found.count("unreadable"), "step"),
        *_of_all(hosts),
    ]


def _of_run(hosts: Sequence[HostRun]) -> list[_Part]:
    def on_hosts(*statuses: str) -> list[int]:
        return [sum(step.status in statuses for step in host.steps) for host in hosts]

    def number(status: str) -> int:
        return sum(on_hosts(status))

    restarts = [restart.status for host in hosts for restart in host.restarts]
    done, lost = restarts.count("done"), restarts.count("failed")
    return [
        _on_hosts(on_hosts("changed"), STATES["step", "changed"].word, _colour("step", "changed")),
        *(_steps(number(status), status) for status in ("unchanged", "waived")),
        _backups(sum(b.status == "taken" for host in hosts for b in host.backups), "taken"),
        (done, f"{count(done, 'restart')} done", _colour("restart", "done")),
        _manual(number("manual")),
        _steps(number("not_done"), "not_done"),
        _on_hosts(on_hosts("failed", "not_held"), "failed", _colour("step", "failed")),
        *(_steps(number(status), status) for status in ("skipped", "stale")),
        _unread(number("unreadable"), "step"),
        _steps(number("unknown"), "unknown"),
        (lost, f"{count(lost, 'restart')} failed", _colour("restart", "failed")),
        _pending(any(restart.open for restart in host.restarts) for host in hosts),
        *_of_all(hosts),
    ]


def _of_all(hosts: Sequence[HostPlan] | Sequence[HostRun]) -> list[_Part]:
    checks = [check for host in hosts for check in host.after]
    excluded = sum(b.status in ("blocked", "unknown") for host in hosts for b in host.playbooks)
    left = [item for host in hosts if isinstance(host, HostPlan) for item in host.outstanding]
    down = sum(item.down for item in left)
    pending = [
        not all(item.down for item in host.outstanding)
        for host in hosts
        if isinstance(host, HostPlan)
    ]
    not_begun = sum(isinstance(host, HostRun) and bool(host.left) for host in hosts)
    silent = sum(is_unreachable(host.error_kind) for host in hosts)
    lost = sum(host.error is not None for host in hosts) - silent
    planned = any(isinstance(host, HostPlan) for host in hosts)
    return [
        *_of_checks(checks),
        (excluded, f"{count(excluded, 'playbook')} excluded", _colour("playbook", "blocked")),
        _pending(pending),
        (down, f"{count(down, 'service')} left stopped", _colour("restart", "down")),
        _hosts(not_begun, "not_begun"),
        _hosts(silent, "unreachable"),
        *([] if planned else [_hosts(lost, "failed")]),
    ]


def _of_checks(checks: Sequence[CheckResult]) -> list[_Part]:
    """Count those that failed and those that could not be read, without the pending ones."""
    failed = sum(check.ok is False for check in checks)
    unread = sum(check.ok is None and not check.pending for check in checks)
    words = f"{count(failed, 'check')} {STATES['check', 'fails'].column}"
    return [(failed, words, _colour("check", "fails")), _unread(unread, "check")]


def _colour(what: What, state: str) -> str:
    """Return the colour of a state; one that needs no attention has that of the terminal."""
    found = STATES[what, state]
    return "default" if found.tone == "quiet" else found.colour


def _steps(number: int, state: str) -> _Part:
    return number, f"{number} {STATES['step', state].word}", _colour("step", state)


def _hosts(number: int, state: str) -> _Part:
    words = f"{count(number, 'host')} {STATES['host', state].column}"
    return number, words, _colour("host", state)


def _backups(number: int, word: str) -> _Part:
    return number, f"{count(number, 'backup')} {word}", "default"


def _manual(number: int) -> _Part:
    return number, f"{count(number, 'manual action')} needed", _colour("step", "manual")


def _unread(number: int, noun: str) -> _Part:
    return number, f"{count(number, noun)} {_UNREAD}", _colour("step", "unreadable")


def _pending(hosts: Iterable[bool]) -> _Part:
    number = sum(hosts)
    colour = _colour("restart", "outstanding")
    return number, f"{STATES['restart', 'outstanding'].word} on {count(number, 'host')}", colour


def _on_hosts(numbers: Sequence[int], words: str, colour: str) -> _Part:
    on = count(sum(number > 0 for number in numbers), "host")
    return sum(numbers), f"{sum(numbers)} {words} on {on}", colour
