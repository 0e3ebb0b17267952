"""An audit as lines of text: a page for each host, its items by how they stand."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from aovpn_remediate.reports.escape import one_line, visible
from aovpn_remediate.reports.items import Item, items_of
from aovpn_remediate.reports.text.host import all_warnings, heading, remarks
from aovpn_remediate.reports.text.layout import Row, hanging, table
from aovpn_remediate.reports.text.summary import summary
from aovpn_remediate.reports.vocabulary import STATES
from aovpn_remediate.results import Audit, HostPlan

_NOT_COMPLIANT, _MANUAL = "Not compliant", "Manual action needed"
_UNREAD, _WAIVED, _ELSEWHERE = "Could not be read", "Waived", "Not applicable"
_SECTIONS = (_NOT_COMPLIANT, _MANUAL, _UNREAD, _WAIVED, _ELSEWHERE)
_BY_STATE = {
    "manual": _MANUAL,
    "blocked": _MANUAL,
    "waived": _WAIVED,
    "not_applicable": _ELSEWHERE,
}
_BY_OUTCOME = {
    "differs": _NOT_COMPLIANT,
    "failed": _NOT_COMPLIANT,
    "error": _UNREAD,
    "left": _UNREAD,
}


def audit_lines(document: Audit, width: int | None) -> list[Text]:
    """Return a page for each host, then what concerns all of them, then the summary."""
    lines: list[Text] = []
    for host in document.hosts:
        lines += [*_page(document, host, width), Text()]
    for waiver in document.unused_waivers:
        lines += hanging(Text("Unused waiver: ", style="bold"), Text(one_line(waiver)), width)
    lines += remarks("Warning", all_warnings(document.hosts), width)
    return lines + hanging(Text(), summary(document), width)


def _page(document: Audit, host: HostPlan, width: int | None) -> Iterator[Text]:
    yield from heading(host, width)
    if host.error is not None:
        return
    if not host.playbooks:
        none = "does not have the role" if len(document.roles) == 1 else "has none of the roles"
        words = f"{none} {', '.join(document.roles)}"
        yield from hanging(Text("  "), Text(words, style="dim"), width)
    found = [item for item in items_of(host) if not _is_beside(item)]
    compliant = [visible(item.id) for item in found if item.outcome == "well"]
    if compliant:
        style = STATES["step", "as_wanted"].colour
        start = Text("  Compliant  ", style=style)
        yield from hanging(start, Text(", ".join(compliant), style=style), width)
    for section in _SECTIONS:
        rows = [_row(item) for item in found if _section(item) == section]
        if rows:
            yield Text(f"  {section}", style="bold")
        yield from table(rows, width)


def _is_beside(item: Item) -> bool:
    """Return True for the host, playbooks that apply, and the before-checks behind the others."""
    if item.what == "playbook":
        return STATES["playbook", item.state].outcome == "well"
    return item.what == "host" or "/before[" in item.id


def _section(item: Item) -> str:
    if item.outcome == "well":
        return ""
    return _BY_STATE.get(item.state) or _BY_OUTCOME[item.outcome]


def _row(item: Item) -> Row:
    state = STATES[item.what, item.state]
    below = (Text(one_line(item.reason), style=state.colour),) if item.reason else ()
    return Row(
        Text(f"    {state.mark} {visible(item.id)}", style=state.colour),
        Text(visible(item.title)),
        Text(visible(item.story), style=state.colour),
        below=below,
    )
