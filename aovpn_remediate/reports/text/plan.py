"""A plan or a verification as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.text import Text

from aovpn_remediate.reports import backups
from aovpn_remediate.reports.document import short_id
from aovpn_remediate.reports.escape import one_line, visible
from aovpn_remediate.reports.restarts import needed, origin, pending_of, since
from aovpn_remediate.reports.text.host import all_warnings, blocks, failing, heading, remarks
from aovpn_remediate.reports.text.layout import Row, hanging
from aovpn_remediate.reports.text.summary import summary
from aovpn_remediate.reports.vocabulary import PLANNED, UNPROVEN, State, of_check, of_planned
from aovpn_remediate.reports.words import names
from aovpn_remediate.results import (
    Action,
    CheckResult,
    HostPlan,
    Outstanding,
    Plan,
    PlannedStep,
    PlaybookSource,
    Preview,
    Restart,
    Verification,
)
from aovpn_remediate.results.common import playbook_of


def plan_lines(document: Plan | Verification, width: int | None) -> list[Text]:
    """Return the lines host by host, then what concerns all of them, then the summary."""
    layout = _Layout(isinstance(document, Plan), len(document.playbook_names) > 1)
    lines: list[Text] = []
    if isinstance(document, Preview):
        title = Text.assemble(("Preview", "bold"), f" of the rollback of {_runs(document)}")
        lines += hanging(Text(), title, width)
    for host in document.hosts:
        lines += layout.host(host, width)
    lines.append(Text())
    if isinstance(document, Preview):
        lines += _undone(document, width)
    if isinstance(document, Plan):
        lines += _risks(document, width)
    lines += remarks("Note", _notes(document), width)
    for waiver in document.unused_waivers:
        lines += hanging(Text("Unused waiver: ", style="bold"), Text(one_line(waiver)), width)
    lines += remarks("Warning", all_warnings(document.hosts), width)
    return lines + hanging(Text(), summary(document), width)


@dataclass(frozen=True)
class _Layout:
    """The layout of the hosts of one document."""

    planning: bool
    """True for a plan, which shows what apply would do."""
    several: bool
    """True where playbooks have to be told apart."""

    def host(self, host: HostPlan, width: int | None) -> Iterator[Text]:
        """Return the heading, each playbook, and the pending restarts."""

        def rows(playbook: str) -> Iterator[Row]:
            yield from map(self._check, failing(host.before, playbook))
            yield from (self._step(s) for s in host.steps if playbook_of(s.id) == playbook)
            yield from map(self._check, failing(host.after, playbook))

        def all_well(playbook: str) -> bool:
            mine = [step for step in host.steps if playbook_of(step.id) == playbook]
            wanted = all(step.readable and step.action is Action.NONE for step in mine)
            return bool(mine) and wanted and not any(failing(host.after, playbook))

        yield from heading(host, width)
        yield from blocks(host, rows, all_well, several=self.several, width=width)
        for of in host.backups if self.planning else ():
            yield from hanging(Text("  "), Text(backups.planned(of), style="dim"), width)
        for state in ("outstanding", "unproven", "down"):
            items = [item for item in host.outstanding if item.state == state]
            if items:
                yield from hanging(Text("  "), _outstanding(items), width)

    def _head(self, state: State, item: str) -> Text:
        indent = "    " if self.several else "  "
        return Text(f"{indent}{state.mark} {visible(short_id(item))}", style=state.colour)

    def _step(self, step: PlannedStep) -> Row:
        notes = [Text(f"note: {one_line(note)}", style="dim") for note in step.notes]
        title = Text(visible(step.title))
        state = of_planned(step.action, step.state)
        head = self._head(state, step.id)
        if not step.readable:
            change = Text(f"could not be read: {one_line(step.reason)}", style=state.colour)
            return Row(head, title, change, below=tuple(notes))
        if step.action is Action.NONE:
            return Row(head, change=Text(state.word, style=state.colour))
        if step.reason:
            notes.insert(0, Text(one_line(step.reason), style=PLANNED[step.action].colour))
        if step.waived:
            waived = f"{state.word}: {one_line(step.waived)}"
            notes.insert(0, Text(waived, style=state.colour))
            step = _left_alone(step)
        then = f"then {needed(step.then)}" if self.planning and needed(step.then) else ""
        return Row(head, title, self._change(step), Text(then, style="cyan"), tuple(notes))

    def _change(self, step: PlannedStep) -> Text:
        """Return the state and what apply would make it; else what it should be."""
        before, after = visible(step.before_text), visible(step.after_text)
        colour = PLANNED[step.action].colour
        if self.planning and step.action is not Action.MANUAL:
            return Text.assemble(before, (" -> ", "dim"), (after, colour))
        return Text.assemble((before, colour), (", should be ", "dim"), after)

    def _check(self, check: CheckResult) -> Row:
        state = of_check(check)
        change = Text.assemble(
            (visible(check.found), state.colour), (", should be ", "dim"), visible(check.wanted)
        )
        if check.ok is None:
            words = state.column if check.pending else "could not be read"
            change = Text(f"{words}: {one_line(check.reason)}", style=state.colour)
        return Row(self._head(state, check.id), change=Text(f"{visible(check.title)}  ") + change)


def _left_alone(step: PlannedStep) -> PlannedStep:
    """Return an accepted difference as one where nothing is done, and nothing follows."""
    return step.model_copy(update={"action": Action.MANUAL, "then": Restart()})


def _outstanding(items: Sequence[Outstanding]) -> Text:
    """Return the restarts of a host that are pending, or all unproven, in one line."""
    first = items[0]
    what = ", ".join(dict.fromkeys(pending_of(item) for item in items))
    if first.down:
        why = "; ".join(dict.fromkeys(origin(item) for item in items))
        return Text.assemble((f"pending {what}", "red"), (f": {visible(why)}", "dim"))
    steps = names(list(dict.fromkeys(item.step for item in items)))
    runs = names(list(dict.fromkeys(item.run for item in items)))
    why = f" {since(first)}: {steps} of run {runs}"
    if first.proven:
        return Text.assemble((f"pending {what}", "yellow"), (why, "dim"))
    return Text.assemble((f"{what} unproven", "yellow"), (f"{why}; {UNPROVEN}", "dim"))


def _notes(document: Plan | Verification) -> Iterator[tuple[str, str]]:
    """Return the notes of compliant steps, once for all hosts."""
    for host in document.hosts:
        for step in host.steps:
            if step.readable and step.action is Action.NONE:
                yield from ((f"{step.id}: {note}", host.host) for note in step.notes)


def _runs(preview: Preview) -> str:
    return ", ".join(map(visible, preview.of))


def _undone(preview: Preview, width: int | None) -> Iterator[Text]:
    """Return what each playbook has done that would be undone."""
    for book in _changing(preview):
        words = Text.assemble((f"Undoes {visible(book.name)}: ", "bold"), one_line(book.summary))
        yield from hanging(Text(), words, width)


def _changing(plan: Plan) -> Iterator[PlaybookSource]:
    """Yield each playbook that changes something."""
    names_ = {playbook_of(s.id) for host in plan.hosts for s in host.steps if s.changes}
    yield from (book for book in plan.playbooks if book.name in names_)


def _risks(plan: Plan, width: int | None) -> Iterator[Text]:
    """Return the risk of each playbook that changes something."""
    for book in _changing(plan):
        if book.risk:
            words = Text.assemble((f"Risk of {visible(book.name)}: ", "bold"), one_line(book.risk))
            yield from hanging(Text(), words, width)
