"""What plans and runs say alike of a host."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from rich.text import Text

from aovpn_remediate.reports.document import playbooks_on
from aovpn_remediate.reports.escape import said, visible
from aovpn_remediate.reports.text.layout import Row, hanging, table
from aovpn_remediate.reports.words import count, names
from aovpn_remediate.results import CheckResult, HostPlan, HostRun, PlaybookOnHost
from aovpn_remediate.results.common import playbook_of

_STANDINGS = {
    "not_applicable": ("not applicable", "dim"),
    "blocked": ("kept off by a check", "red"),
    "unknown": ("cannot be told whether it applies", "red"),
}


def heading(host: HostPlan | HostRun, width: int | None) -> list[Text]:
    """Name, Windows, and what matters before a restart; or why it was not read."""
    rest = Text(visible(host.facts.windows))
    for more in _facts(host):
        rest.append(f"  {more}", style="dim")
    if host.error is not None:
        rest.append(f"{'  ' if rest else ''}{said(host.error)}", style="red")
    if isinstance(host, HostRun) and host.left:
        rest.append(f"{'  ' if rest else ''}not begun: {said(host.left)}", style="yellow")
    start = Text(visible(host.host), style="bold")
    return hanging(start + Text("  "), rest, width) if rest else hanging(Text(), start, width)


def _facts(host: HostPlan | HostRun) -> Iterator[str]:
    if host.facts.sessions:
        yield count(host.facts.sessions, "VPN session")
    if host.facts.pending_reboot:
        yield f"Windows waits for a reboot ({said(', '.join(host.facts.pending_reboot))})"


def blocks(
    host: HostPlan | HostRun,
    rows: Callable[[str], Iterable[Row]],
    all_well: Callable[[str], bool],
    *,
    several: bool,
    width: int | None,
) -> Iterator[Text]:
    """Each playbook of a host: its name where there are several, what keeps it off, its rows.

    One of several that is all well is one line.
    """
    standings = {book.name: book for book in host.playbooks}
    for name in playbooks_on(host):
        found = list(rows(name))
        standing = standings.get(name)
        if standing is not None and standing.status != "applies":
            yield from _kept_off(standing, several=several, width=width, told=bool(found))
        elif several and all_well(name):
            yield from hanging(Text("  "), Text(f"{visible(name)}  as wanted", style="dim"), width)
            continue
        elif several and found:
            yield from hanging(Text("  "), Text(visible(name)), width)
        yield from table(found, width)


def _kept_off(
    standing: PlaybookOnHost, *, several: bool, width: int | None, told: bool
) -> list[Text]:
    words, colour = _STANDINGS.get(standing.status, (standing.status, ""))
    if standing.reason and not told:
        words += f": {said(standing.reason)}"
    start = f"  {visible(standing.name)}  " if several else "  "
    return hanging(Text(start, style=colour), Text(words, style=colour), width)


def failing(checks: Iterable[CheckResult], playbook: str) -> Iterator[CheckResult]:
    """The checks of a playbook that do not hold, or could not be read."""
    for check in checks:
        if playbook_of(check.id) == playbook and check.ok is not True:
            yield check


def all_warnings(hosts: Iterable[HostPlan | HostRun]) -> Iterator[tuple[str, str]]:
    """Each warning of a connection, with the host that it is about."""
    for host in hosts:
        yield from ((warning, host.host) for warning in host.warnings)


def remarks(word: str, found: Iterable[tuple[str, str]], width: int | None) -> Iterator[Text]:
    """What is to be said of hosts or steps, each thing once with all that it is about."""
    about: dict[str, list[str]] = {}
    for what, of in found:
        about.setdefault(what, []).append(of)
    colour = "yellow" if word == "Warning" else "dim"
    for what, which in about.items():
        words = Text(f"{said(what)}, on {names(which)}", style=colour)
        yield from hanging(Text(f"{word}: ", style=f"bold {colour}"), words, width)
