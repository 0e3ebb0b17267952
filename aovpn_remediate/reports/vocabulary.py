"""The words, signs and colours of every state: the one place where a state is put into words.

A state is keyed by what it is of and by its name in the JSON of a document (`step`, `not_held`),
or by the name of an `Item`. Each word fits both a column of a terminal and a filter of a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from aovpn_remediate.results import (
    Action,
    CheckResult,
    Confirmation,
    HostPlan,
    HostRun,
    Outstanding,
    RestartRun,
)
from aovpn_remediate.results.common import is_unreachable

What = Literal["host", "playbook", "step", "check", "restart"]
Outcome = Literal["well", "differs", "failed", "error", "left"]
"""A summary of a state: `differs` a change or a person can mend, `failed` is not as required,
`error` could not be read or done, `left` was not tried, is waived, or is not for the host."""
Tone = Literal["quiet", "good", "edit", "warn", "bad"]

_COLOURS: Mapping[Tone, str] = {
    "quiet": "dim",
    "good": "green",
    "edit": "blue",
    "warn": "yellow",
    "bad": "red",
}
_OK, _BAD, _DASH = "\N{CHECK MARK}", "\N{MULTIPLICATION SIGN}", "\N{EN DASH}"
_DIFFERS, _ACCEPTED, _MINUS = "\N{NOT EQUAL TO}", "\N{ALMOST EQUAL TO}", "\N{MINUS SIGN}"
_MARKS: Mapping[str, str] = {_BAD: "x", _MINUS: "-", "=": " ", _ACCEPTED: "="}
"""The signs of a diff in ASCII; a compliant step has none, so that the differences stand out."""


@dataclass(frozen=True)
class State:
    """A word; its sign and its colour only repeat it."""

    word: str
    sign: str
    tone: Tone
    outcome: Outcome = "well"
    short: str = ""
    """The word in a column that says already what it is of."""
    style: str = ""

    @property
    def column(self) -> str:
        """The word beside the thing."""
        return self.short or self.word

    @property
    def mark(self) -> str:
        """The sign in a diff of plain text, one character."""
        return _MARKS.get(self.sign, self.sign)

    @property
    def colour(self) -> str:
        """The style for a terminal."""
        return self.style or _COLOURS[self.tone]


_MANUAL = State("manual action", "!", "warn", "differs", "manual", "magenta")
_WAIVED = State("waived", _ACCEPTED, "edit", "left")
_UNREADABLE = State("unreadable", "?", "bad", "error")

STATES: Mapping[tuple[What, str], State] = {
    ("host", "read"): State("read", _OK, "quiet"),
    ("host", "unreachable"): State("unreachable", "?", "bad", "error"),
    ("host", "not_read"): State("host could not be read", "?", "bad", "error", "could not be read"),
    ("host", "failed"): State("host failed", _BAD, "bad", "error", "failed"),
    ("host", "not_begun"): State("host not started", _DASH, "warn", "left", "not started"),
    ("playbook", "applies"): State("applies", _OK, "quiet"),
    ("playbook", "not_applicable"): State("not applicable", _DASH, "quiet", "left"),
    ("playbook", "blocked"): State("excluded by a failed check", _BAD, "bad", "failed"),
    ("playbook", "unknown"): State("applicability unknown", "?", "bad", "error"),
    ("step", "as_wanted"): State("compliant", "=", "quiet"),
    ("step", "differs"): State("not compliant", _DIFFERS, "bad", "differs"),
    ("step", "unchanged"): State("unchanged", "=", "quiet"),
    ("step", "changed"): State("changed", _OK, "good"),
    ("step", "manual"): _MANUAL,
    ("step", "waived"): _WAIVED,
    ("step", "not_done"): State("not done", _DASH, "warn", "left"),
    ("step", "failed"): State("failed", _BAD, "bad", "error"),
    ("step", "not_held"): State("mismatch", _BAD, "bad", "failed"),
    ("step", "skipped"): State("skipped", _DASH, "warn", "left"),
    ("step", "stale"): State("stale", _DIFFERS, "bad", "failed"),
    ("step", "unreadable"): _UNREADABLE,
    ("step", "unknown"): State("unknown", "?", "bad", "error"),
    ("check", "holds"): State("passed", _OK, "quiet", style="green"),
    ("check", "fails"): State("check failed", _BAD, "bad", "failed", "failed"),
    ("check", "not_yet"): State("check pending", "!", "warn", "left", "pending"),
    ("check", "unreadable"): _UNREADABLE,
    ("restart", "done"): State("restarted", _OK, "good"),
    ("restart", "not_needed"): State("restart not needed", _DASH, "quiet", short="not needed"),
    ("restart", "outstanding"): State("pending restart", "!", "warn", "differs", "pending"),
    ("restart", "down"): State("left stopped", _BAD, "bad", "differs", "stopped"),
    ("restart", "unproven"): State("restart unproven", "?", "warn", "differs", "unproven"),
    ("restart", "failed"): State("restart failed", _BAD, "bad", "error", "failed"),
}
"""Every state that an item of a document can have."""

PLANNED: Mapping[Action, State] = {
    Action.NONE: STATES["step", "as_wanted"],
    Action.CREATE: State("to create", "+", "edit", style="green"),
    Action.UPDATE: State("to update", "~", "edit", style="yellow"),
    Action.DELETE: State("to remove", _MINUS, "edit", style="red"),
    Action.MANUAL: _MANUAL,
}
"""A difference as a plan shows it, where apply would act on it."""

BACKUPS: Mapping[str, State] = {
    "taken": State("backed up", _OK, "good"),
    "failed": State("backup failed", _BAD, "bad", "error", "failed"),
    "left_out": State("no backup", _DASH, "warn"),
    "planned": State("backup first", _OK, "quiet"),
}
"""A backup of a host, by its status, and one that a plan shows."""

CONFIRMATIONS: Mapping[str, State] = {
    "waiting": State("to confirm", "!", "warn"),
    "confirmed": State("confirmed", _OK, "good"),
    "undone": State("rolled back", _BAD, "bad"),
    "undoing": State("rolling back", _BAD, "bad"),
    "unfinished": State("partly rolled back", _BAD, "bad"),
    "gone": State("not found", _BAD, "bad"),
    "unreached": State("unreachable", _BAD, "bad"),
    "failed": State("failed", _BAD, "bad"),
}
"""The automatic rollback of a host, by the status of its confirmation."""

HAPPENED: Mapping[str, str] = {
    "unchanged": "already compliant",
    "changed": "set",
    "manual": "manual action needed",
    "waived": "left unchanged: waived",
    "not_done": "not started",
    "failed": "failed",
    "not_held": "set, but it reads back as something else",
    "skipped": "skipped",
    "stale": "left unchanged: it differs from what the plan saw",
    "unreadable": "could not be read",
    "unknown": "no record came back: it may or may not have been set",
}
"""The end of a step, for a sentence about the accuracy of its plan."""

UNPROVEN = "its process hosts other services: a restart since then cannot be proven"
"""The reason for which a restart is unproven."""


def of_error(host: HostPlan | HostRun) -> State:
    """Return the state of a host that has an error."""
    if is_unreachable(host.error_kind):
        return STATES["host", "unreachable"]
    return STATES["host", "not_read" if isinstance(host, HostPlan) else "failed"]


def of_planned(action: Action, state: str) -> State:
    """Return the state of a step in a plan: the change that apply would make, else as found."""
    return PLANNED[action] if state == "differs" else STATES["step", state]


def of_check(check: CheckResult) -> State:
    """Return the state of a check."""
    return STATES["check", check.state]


def of_restart(restart: RestartRun) -> State:
    """Return the state of a restart of a run."""
    return STATES["restart", restart.status]


def of_outstanding(left: Outstanding) -> State:
    """Return the state of a restart that an earlier change still needs."""
    return STATES["restart", left.state]


def of_confirmation(confirm: Confirmation) -> State:
    """Return the state of the automatic rollback of a host."""
    return CONFIRMATIONS[confirm.status]
