"""A run as lines of text: what became of each step, and how to go on."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from aovpn_remediate.reports.advice import how_to_go_on
from aovpn_remediate.reports.confirmations import WORDS, sentence
from aovpn_remediate.reports.document import NOT_YET, has_several_playbooks, is_not_yet, short_id
from aovpn_remediate.reports.escape import said, visible
from aovpn_remediate.reports.text.host import all_warnings, blocks, failing, heading, remarks
from aovpn_remediate.reports.text.layout import Row, hanging
from aovpn_remediate.reports.text.summary import summary
from aovpn_remediate.reports.words import count, duration, moment, seconds_between
from aovpn_remediate.results import CheckResult, HostRun, RestartRun, Run, StepRun
from aovpn_remediate.results.common import playbook_of

_COLOURS = {
    "unchanged": "dim",
    "changed": "green",
    "manual": "magenta",
    "waived": "blue",
    "not_done": "yellow",
    "skipped": "yellow",
}
_RESTARTS = {
    "done": ("restarted", "green"),
    "failed": ("failed", "red"),
    "outstanding": ("outstanding", "yellow"),
    "unproven": ("unproven", "yellow"),
    "not_needed": ("not needed", "dim"),
}
_WIDEST_WORD = 11  # outstanding
_UNTOLD = "its process hosts other services: whether it was restarted since cannot be told"


def run_lines(run: Run, width: int | None) -> list[Text]:
    """Who and when, host by host, the summary, and how to go on."""
    several = has_several_playbooks(run)
    lines = hanging(Text(), _title(run), width)
    if why := run.options.get("override_window"):
        overridden = f"Change windows did not count: {said(str(why))}"
        lines += hanging(Text(), Text(overridden, style="yellow"), width)
    for host in run.hosts:
        if host.host not in run.not_tried:
            lines += _host(host, width, several=several)
    lines.append(Text())
    lines += _stopped(run, width)
    lines += remarks("Warning", all_warnings(run.hosts), width)
    lines += hanging(Text(), summary(run), width)
    for advice in how_to_go_on(run):
        words = visible(f"{advice.sentence} {advice.command}".rstrip())
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
    """Why it went no further, and the hosts that it did not come to: all of them, by name."""
    if not run.stopped:
        return
    words = Text(said(run.stopped), style="yellow")
    if run.not_tried:
        words.append(f"; not tried: {', '.join(map(visible, run.not_tried))}", style="yellow")
    yield from hanging(Text("Stopped: ", style="bold yellow"), words, width)


def _host(host: HostRun, width: int | None, *, several: bool) -> Iterator[Text]:
    """The heading, each playbook, and the restarts."""
    indent = "    " if several else "  "

    def rows(playbook: str) -> Iterator[Row]:
        yield from (_check(c, indent) for c in failing(host.before, playbook))
        yield from (_step(s, indent) for s in host.steps if playbook_of(s.id) == playbook)
        yield from (_check(c, indent) for c in host.after if playbook_of(c.id) == playbook)

    yield from heading(host, width)
    yield from blocks(host, rows, lambda _: False, several=several, width=width)
    for restart in host.restarts:
        word, colour = _RESTARTS[restart.status]
        yield from hanging(_word(word, colour, "  "), Text(_of_restart(restart)), width)
    if host.confirm is not None:
        word, colour = WORDS[host.confirm.status]
        words = "; ".join((sentence(host.confirm), *host.confirm.problems))
        yield from hanging(_word(word, colour, "  "), Text(said(words)), width)


def _word(word: str, colour: str, indent: str) -> Text:
    return Text.assemble(indent, (word, colour), " " * (_WIDEST_WORD - len(word) + 2))


def _step(step: StepRun, indent: str) -> Row:
    colour = _COLOURS.get(step.status, "red")
    head = _word(step.status.replace("_", " "), colour, indent) + Text(visible(short_id(step.id)))
    said_of_it = (Text(said(step.message), style=colour),) if step.message else ()
    title = Text(visible(step.title))
    match step.status:
        case "unchanged":
            return Row(head, change=Text(visible(step.before_text), style="dim"), below=said_of_it)
        case "unreadable":
            return Row(head, title, below=said_of_it)
        case "stale":
            return Row(head, title, below=(*_three_states(step), *said_of_it))
        case _:
            return Row(head, title, _change(step, colour), below=said_of_it)


def _change(step: StepRun, colour: str) -> Text:
    """What it was and what it is now; what was to be, where it is not so."""
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
        Text.assemble(("wanted   ", "dim"), visible(step.goal_text)),
    )


def _check(check: CheckResult, indent: str) -> Row:
    reason = said(check.reason)
    if check.ok:
        word, colour, change = "holds", "green", Text(visible(check.found), style="dim")
    elif check.ok is False:
        word, colour, change = "fails", "red", Text(visible(check.found), style="red")
        change += Text.assemble((", should be ", "dim"), visible(check.wanted))
    elif is_not_yet(check):
        word, colour = "not yet", "yellow"
        change = Text(reason.removeprefix(NOT_YET), style="dim")
    else:
        word, colour, change = "unreadable", "red", Text(reason)
    head = _word(word, colour, indent) + Text(visible(short_id(check.id)))
    return Row(head, change=Text(f"{visible(check.title)}  ") + change)


def _of_restart(restart: RestartRun) -> str:
    reboot = restart.what == "reboot"
    words = "reboot" if reboot else f"restart of {visible(restart.what)}"
    if restart.status == "done":
        words = "the host" if reboot else visible(restart.what)
        words += f" in {duration(restart.seconds)}"
    elif restart.seconds:
        words += f" after {duration(restart.seconds)}"
    if restart.status in ("done", "failed") and restart.sessions:
        words += f", {count(restart.sessions, 'VPN session')} cut"
    why = _UNTOLD if restart.status == "unproven" else said(restart.message)
    return f"{words}: {why}" if why else words
