"""The parts that plans and runs share in the text of a host."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from rich.text import Text

from aovpn_remediate.reports.escape import one_line, visible
from aovpn_remediate.reports.text.layout import Row, hanging, table
from aovpn_remediate.reports.vocabulary import STATES
from aovpn_remediate.reports.words import count, names
from aovpn_remediate.results import CheckResult, HostPlan, HostRun, PlaybookOnHost
from aovpn_remediate.results.common import playbook_of


def heading(host: HostPlan | HostRun, width: int | None) -> list[Text]:
    """Return name, Windows, VPN sessions and a pending reboot, or the error of the host."""
    rest = Text(visible(host.facts.windows))
    for more in _facts(host):
        rest.append(f"  {more}", style="dim")
    if host.error is not None:
        rest.append(f"{'  ' if rest else ''}{one_line(host.error)}", style="red")
    if isinstance(host, HostRun) and host.left:
        rest.append(
            f"{'  ' if rest else ''}{STATES['host', 'not_begun'].column}: {one_line(host.left)}",
            style="yellow",
        )
    start = Text(visible(host.host), style="bold")
    return hanging(start + Text("  "), rest, width) if rest else hanging(Text(), start, width)


def _facts(host: HostPlan | HostRun) -> Iterator[str]:
    if host.facts.sessions:
        yield count(host.facts.sessions, "VPN session")
    if host.facts.pending_reboot:
        yield f"Windows has a pending reboot ({one_line(', '.join(host.facts.pending_reboot))})"


def blocks(
    host: HostPlan | HostRun,
    rows: Callable[[str], Iterable[Row]],
    all_well: Callable[[str], bool],
    *,
    several: bool,
    width: int | None,
) -> Iterator[Text]:
    """Return each playbook of a host: its name where there are several, its exclusion, its rows.

    One of several that is compliant is one line.
    """
    standings = {book.name: book for book in host.playbooks}
    for name in host.playbook_names:
        found = list(rows(name))
        standing = standings.get(name)
        if standing is not None and standing.status != "applies":
            yield from _excluded(standing, several=several, width=width, told=bool(found))
        elif several and all_well(name):
            yield from hanging(
                Text("  "),
                Text(f"{visible(name)}  {STATES['step', 'as_wanted'].word}", style="dim"),
                width,
            )
            continue
        elif several and found:
            yield from hanging(Text("  "), Text(visible(name)), width)
        yield from table(found, width)


def _excluded(
    standing: PlaybookOnHost, *, several: bool, width: int | None, told: bool
) -> list[Text]:
    state = STATES["playbook", standing.status]
    words, colour = state.word, state.colour
    if standing.reason and not told:
        words += f": {one_line(standing.reason)}"
    start = f"  {visible(standing.name)}  " if several else "  "
    return hanging(Text(start, style=colour), Text(words, style=colour), width)


def failing(checks: Iterable[CheckResult], playbook: str) -> Iterator[CheckResult]:
    """Return the checks of a playbook that failed, are pending or could not be read."""
    for check in checks:
        if playbook_of(check.id) == playbook and check.ok is not True:
            yield check


def all_warnings(hosts: Iterable[HostPlan | HostRun]) -> Iterator[tuple[str, str]]:
    """Return each warning about a connection, with its host."""
    for host in hosts:
        yield from ((warning, host.host) for warning in host.warnings)


def remarks(word: str, found: Iterable[tuple[str, str]], width: int | None) -> Iterator[Text]:
    """Return each remark once, with all the hosts or steps that it is about."""
    about: dict[str, list[str]] = {}
    for what, of in found:
        about.setdefault(what, []).append(of)
    colour = "yellow" if word == "Warning" else "dim"
    for what, which in about.items():
        words = Text(f"{one_line(what)}, on {names(which)}", style=colour)
        yield from hanging(Text(f"{word}: ", style=f"bold {colour}"), words, width)
