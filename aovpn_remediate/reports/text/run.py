"""A run as lines of text: the state of each step, the summary, and the next steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from rich.text import Text

from aovpn_remediate.reports import backups
from aovpn_remediate.reports.confirmations import sentence
from aovpn_remediate.reports.document import short_id
from aovpn_remediate.reports.escape import one_line, visible
from aovpn_remediate.reports.next_steps import next_steps
from aovpn_remediate.reports.restarts import disconnected, reason_of, restart_of
from aovpn_remediate.reports.text.host import all_warnings, blocks, failing, heading, remarks
from aovpn_remediate.reports.text.layout import Row, hanging
from aovpn_remediate.reports.text.summary import summary
from aovpn_remediate.reports.vocabulary import (
    BACKUPS,
    STATES,
    State,
    of_check,
    of_confirmation,
    of_restart,
)
from aovpn_remediate.reports.words import duration, moment, seconds_between
from aovpn_remediate.results import (
    REBOOT,
    CheckResult,
    HostRun,
    RestartRun,
    Run,
    StepRun,
    StepStatus,
)
from aovpn_remediate.results.common import playbook_of

_WIDEST_WORD = max(
    *(len(STATES["step", status].column) for status in get_args(StepStatus)),
    *(len(state.column) for (what, _), state in STATES.items() if what in ("check", "restart")),
)


def run_lines(run: Run, width: int | None) -> list[Text]:
    """Return the title, the hosts, the summary and the next steps."""
    several = len(run.playbook_names) > 1
    lines = hanging(Text(), _title(run), width)
    if why := run.options.get("override_window"):
        overridden = f"Change windows were overridden: {one_line(str(why))}"
        lines += hanging(Text(), Text(overridden, style="yellow"), width)
    for host in run.hosts:
        if host.host not in run.not_tried:
            lines += _host(host, width, several=several)
    lines.append(Text())
    lines += _stopped(run, width)
    lines += remarks("Warning", all_warnings(run.hosts), width)
    lines += hanging(Text(), summary(run), width)
    for step in next_steps(run):
        words = visible(f"{step.sentence} {step.command}".rstrip())
        lines += hanging(Text(), Text(words, style="dim"), width)
    return lines


def _title(run: Run) -> Text:
    line = Text.assemble((f"Run {visible(run.id)}", "bold"), f"  {run.action}")
    if run.of:
        line.append(f" of {', '.join(map(visible, run.of))}")
    line.append(f" by {visible(run.operator)}, {moment(run.started)}")
    if run.finished is None:
        line.append(", not finished", style="red")
    else:
        line.append(f", {duration(seconds_between(run.started, run.finished))}")
    return line


def _stopped(run: Run, width: int | None) -> Iterator[Text]:
    """Return why the run stopped, and the names of all hosts that it did not start."""
    if not run.stopped:
        return
    words = Text(one_line(run.stopped), style="yellow")
    if run.not_tried:
        words.append(f"; not started: {', '.join(map(visible, run.not_tried))}", style="yellow")
    yield from hanging(Text("Stopped: ", style="bold yellow"), words, width)


def _host(host: HostRun, width: int | None, *, several: bool) -> Iterator[Text]:
    """Return the heading, each playbook, and the restarts."""
    indent = "    " if several else "  "

    def rows(playbook: str) -> Iterator[Row]:
        yield from (_check(c, indent) for c in failing(host.before, playbook))
        yield from (_step(s, indent) for s in host.steps if playbook_of(s.id) == playbook)
        yield from (_check(c, indent) for c in host.after if playbook_of(c.id) == playbook)

    yield from heading(host, width)
    for backup in host.backups:
        told = Text(one_line(backups.sentence(backup)))
        yield from hanging(_word(BACKUPS[backup.status], "  "), told, width)
    yield from blocks(host, rows, lambda _: False, several=several, width=width)
    for restart in host.restarts:
        yield from hanging(_word(of_restart(restart), "  "), Text(_of_restart(restart)), width)
    if host.confirm is not None:
        words = "; ".join((sentence(host.confirm), *host.confirm.problems))
        state = of_confirmation(host.confirm)
        yield from hanging(_word(state, "  "), Text(one_line(words)), width)


def _word(state: State, indent: str) -> Text:
    word = state.column
    return Text.assemble(indent, (word, state.colour), " " * (_WIDEST_WORD - len(word) + 2))


def _step(step: StepRun, indent: str) -> Row:
    state = STATES["step", step.status]
    colour = state.colour
    head = _word(state, indent) + Text(visible(short_id(step.id)))
    message = (Text(one_line(step.message), style=colour),) if step.message else ()
    title = Text(visible(step.title))
    match step.status:
        case "unchanged":
            return Row(head, change=Text(visible(step.before_text), style="dim"), below=message)
        case "unreadable":
            return Row(head, title, below=message)
        case "stale":
            return Row(head, title, below=(*_three_states(step), *message))
        case _:
            return Row(head, title, _change(step, colour), below=message)


def _change(step: StepRun, colour: str) -> Text:
    """Return the state before and after, or the goal where that was not reached."""
    before = visible(step.before_text if step.read else step.planned_text)
    if step.status in ("manual", "waived"):
        return Text.assemble(before, (", should be ", "dim"), visible(step.goal_text))
    after = step.after_text if step.status == "changed" and step.after_text else step.goal_text
    change = Text.assemble(before, (" -> ", "dim"), (visible(after), colour))
    if step.status == "not_held" and step.after_text:
        change.append(f", reads {visible(step.after_text)}", style=colour)
    return change


def _three_states(step: StepRun) -> tuple[Text, ...]:
    return (
        Text.assemble(("planned  ", "dim"), visible(step.planned_text)),
        Text.assemble(("found    ", "dim"), (visible(step.before_text), "red")),
        Text.assemble(("required ", "dim"), visible(step.goal_text)),
    )


def _check(check: CheckResult, indent: str) -> Row:
    reason = one_line(check.reason)
    if check.ok:
        change = Text(visible(check.found), style="dim")
    elif check.ok is None:
        change = Text(reason, style="dim" if check.pending else "")
    else:
        change = Text.assemble(
            (visible(check.found), "red"), (", should be ", "dim"), visible(check.wanted)
        )
    head = _word(of_check(check), indent) + Text(visible(short_id(check.id)))
    return Row(head, change=Text(f"{visible(check.title)}  ") + change)


def _of_restart(restart: RestartRun) -> str:
    words = restart_of(restart.what)
    if restart.status == "done":
        words = "the host" if restart.what == REBOOT else visible(restart.what)
        words += f" in {duration(restart.seconds)}"
    elif restart.seconds:
        words += f" after {duration(restart.seconds)}"
    sentence_ = ", ".join(part for part in (words, disconnected(restart)) if part)
    return ": ".join(part for part in (sentence_, one_line(reason_of(restart))) if part)
