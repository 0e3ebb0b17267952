"""Hosts that set themselves back unless their run is confirmed, in words."""

from __future__ import annotations

from collections import Counter

from aovpn_remediate.reports.escape import said, visible
from aovpn_remediate.reports.words import count, moment
from aovpn_remediate.results import Confirmation, Confirmations

WORDS = {
    "waiting": ("to confirm", "yellow"),
    "confirmed": ("confirmed", "green"),
    "undone": ("undone", "red"),
    "undoing": ("undoing", "red"),
    "unfinished": ("half undone", "red"),
    "gone": ("gone", "red"),
    "unreached": ("unreached", "red"),
    "failed": ("failed", "red"),
}
"""A word for each status, and the colour that it has."""


def sentence(confirm: Confirmation) -> str:
    """What a person has to know of one host; not yet safe to be shown."""
    if confirm.status == "waiting":
        more = f" ({confirm.message})" if confirm.message else ""
        return f"sets itself back at {moment(confirm.until)} by its own clock{more}"
    if confirm.status == "confirmed":
        return confirm.message or "the changes stay"
    return confirm.message


def as_text(found: Confirmations) -> str:
    """A line for each host, what could not be set back below it, and the sum."""
    lines = []
    for host in found.hosts:
        word, _ = WORDS[host.confirm.status]
        lines.append(f"{visible(host.host)}  {word}: {said(sentence(host.confirm))}")
        lines += [f"    {said(problem)}" for problem in host.confirm.problems]
    statuses = Counter(WORDS[host.confirm.status][0] for host in found.hosts)
    told = ", ".join(f"{number} {word}" for word, number in statuses.items())
    lines.append(f"Run {visible(found.run)}: {told} of {count(len(found.hosts), 'host')}.")
    return "\n".join(lines)
