"""Evidence of one failed connection, joined by user, computer, connection and time. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aovpn_remediate.diagnose.evidence import Evidence, What

APART = timedelta(minutes=3)
"""What is further apart is another attempt: clocks differ, and a client tries for a while."""

_NEVER = datetime.min.replace(tzinfo=UTC)
_MADE_GOOD_BY: Mapping[tuple[What, int | str], tuple[int, ...]] = {
    (What.CONNECTOR_EVENT, 5000): (5002,),
    (What.CONNECTOR_EVENT, 1002): (1003,),
}
"""The successes of a service that is tried again and again, with the failures they end."""
_EVERYWHERE = ("system", "système", "sistema")
"""The account that dials the device tunnel of every computer."""


@dataclass(frozen=True)
class Group:
    """What belongs together, in the order of its times."""

    subject: str
    evidence: tuple[Evidence, ...]


def join(evidence: Sequence[Evidence]) -> tuple[Group, ...]:
    """Return groups of evidence that shares a user, a computer or a connection, close in time.

    Repeated attempts with the same evidence are one group, named by the first of them. What has
    no user, computer or connection is a group of its server.
    """
    ordered = sorted(evidence, key=_when)
    groups: list[list[Evidence]] = []
    latest: dict[str, int] = {}
    for item in ordered:
        near = [latest[k] for k in _keys(item) if k in latest and _is_near(groups[latest[k]], item)]
        place = near[0] if near else len(groups)
        if not near:
            groups.append([])
        for other in near[1:]:
            if other != place:
                groups[place] += groups[other]
                groups[other] = []
        groups[place].append(item)
        for found in groups[place]:
            latest.update(dict.fromkeys(_keys(found), place))
    return _distinct(group for group in groups if group)


def lasting(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Return the evidence without what a later success on the same host has made good."""
    since: dict[tuple[str, What, int | str], datetime] = {
        (item.host, item.what, failure): item.at
        for item in sorted(evidence, key=_when)
        for failure in _MADE_GOOD_BY.get((item.what, item.code), ())
        if item.at is not None
    }
    return [
        item
        for item in evidence
        if _when(item) >= since.get((item.host, item.what, item.code), _NEVER)
    ]


def _when(item: Evidence) -> datetime:
    return item.at or _NEVER


def user_key(user: str) -> str:
    r"""Return `a.b` for CORP\a.b, a.b@corp.example, a.b and host/PC-7.corp.example$ alike."""
    name = user.strip().rpartition("\\")[2].partition("@")[0]
    name = name.removeprefix("host/").partition(".")[0] if name.startswith("host/") else name
    return name.rstrip("$").casefold()


def _keys(item: Evidence) -> tuple[str, ...]:
    keys = []
    user = user_key(item.user)
    if user and user not in _EVERYWHERE:
        keys.append(f"user {user}")
    if machine := item.machine.rstrip("$").partition(".")[0].casefold():
        keys.append(f"user {machine}")
    if item.connection.strip("{} "):
        keys.append(f"connection {item.connection.strip('{} ').casefold()}")
    return tuple(keys) or (f"server {item.host.casefold()}",)


def _is_near(group: Sequence[Evidence], item: Evidence) -> bool:
    times = [other.at for other in group if other.at is not None]
    return item.at is None or not times or item.at - max(times) <= APART


def _distinct(groups: Iterable[list[Evidence]]) -> tuple[Group, ...]:
    found: dict[tuple[str, frozenset[tuple[What, int | str]]], list[list[Evidence]]] = {}
    for group in groups:
        what = frozenset((item.what, item.code) for item in group)
        found.setdefault((_who(group), what), []).append(group)
    return tuple(
        Group(_subject(who, same), tuple(item for group in same for item in group))
        for (who, _), same in found.items()
    )


def _who(group: Sequence[Evidence]) -> str:
    user = next((item.user for item in group if item.user), "")
    machine = next((item.machine for item in group if item.machine), "")
    host = next((item.host for item in group if item.host), "")
    if user and machine:
        return f"{user} on {machine}"
    return user or machine or host or "unknown"


def _subject(who: str, same: Sequence[Sequence[Evidence]]) -> str:
    times = [item.at for group in same for item in group if item.at is not None]
    first = f", {min(times):%Y-%m-%d %H:%M} UTC" if times else ""
    often = f" and {len(same) - 1} more times" if len(same) > 1 else ""
    return f"{who}{first}{often}"
