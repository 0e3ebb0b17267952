"""Hosts that roll back automatically unless their run is confirmed, in words."""

from __future__ import annotations

from collections import Counter

from aovpn_remediate.reports.escape import one_line, visible
from aovpn_remediate.reports.vocabulary import of_confirmation
from aovpn_remediate.reports.words import count, moment
from aovpn_remediate.results import Confirmation, Confirmations


def sentence(confirm: Confirmation) -> str:
    """Describe the automatic rollback of one host; the text is not yet safe to be shown."""
    if confirm.status == "waiting":
        more = f" ({confirm.message})" if confirm.message else ""
        return f"rolls back automatically at {moment(confirm.until)} by its own clock{more}"
    if confirm.status == "confirmed":
        return confirm.message or "the changes stay"
    return confirm.message


def as_text(found: Confirmations) -> str:
    """Return a line for each host, with what could not be rolled back, and the totals."""
    lines = []
    for host in found.hosts:
        word = of_confirmation(host.confirm).word
        lines.append(f"{visible(host.host)}  {word}: {one_line(sentence(host.confirm))}")
        lines += [f"    {one_line(problem)}" for problem in host.confirm.problems]
    statuses = Counter(of_confirmation(host.confirm).word for host in found.hosts)
    totals = ", ".join(f"{number} {word}" for word, number in statuses.items())
    lines.append(f"Run {visible(found.run)}: {totals} of {count(len(found.hosts), 'host')}.")
    return "\n".join(lines)
