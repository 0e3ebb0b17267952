"""Rules for the time that a certificate is valid."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from aovpn_remediate.inspect.certificates.judging.finding import note, problem, warning
from aovpn_remediate.inspect.certificates.purposes import CONDITIONAL_ACCESS
from aovpn_remediate.results.certificates import InspectedCertificate, Role
from aovpn_remediate.results.inspection import Finding

USUAL_DAYS = 30
_A_DAY = timedelta(days=1)

_RENEWALS = {
    Role.CLIENT: "Have it renewed: NPS refuses an expired one with reason 268 or 278.",
    Role.SERVER: (
        "Have it renewed, and choose the new one in each policy of NPS or as the certificate of "
        "RRAS: a renewal changes neither."
    ),
    Role.CA: "Renew the certificate of the CA and publish it; what it has issued fails with it.",
}
_RENEWAL = "Have it renewed, and choose the new one wherever this one is in use."


def judge_validity(one: InspectedCertificate, at: datetime, days: int | None) -> Iterator[Finding]:
    """Judge the times; without `days` a month counts as soon, or the last third of a short life."""
    if one.facts.not_before is None or one.facts.not_after is None:
        return
    begins = datetime.fromisoformat(one.facts.not_before)
    ends = datetime.fromisoformat(one.facts.not_after)
    renewal = _RENEWALS.get(one.role, _RENEWAL)
    if ends < begins:
        yield problem(
            one,
            "never-valid",
            f"It ends ({_day(ends)}) before it begins ({_day(begins)}): it is never valid.",
            "Have it issued again by a CA whose clock and template are right.",
        )
    elif at > ends:
        yield problem(
            one, "expired", f"It expired {_ago(at - ends)} ago, on {_day(ends)}.", renewal
        )
    elif at < begins:
        yield problem(
            one,
            "not-yet-valid",
            f"It is valid from {_day(begins)} on only, in {_ago(begins - at)}.",
            "Check the clocks of the CA and of this machine, or wait.",
        )
    elif ends - begins <= _A_DAY and _is_of_entra(one):
        yield note(
            one, "short-lived", f"It ends in {_ago(ends - at)}; Windows asks Entra for the next."
        )
    elif ends - at <= _soon(ends - begins, days):
        yield warning(
            one, "expiring", f"It expires in {_ago(ends - at)}, on {_day(ends)}.", renewal
        )


def _is_of_entra(one: InspectedCertificate) -> bool:
    return CONDITIONAL_ACCESS in {purpose.oid for purpose in one.facts.ekus}


def _soon(life: timedelta, days: int | None) -> timedelta:
    if days is not None:
        return timedelta(days=days)
    return min(timedelta(days=USUAL_DAYS), life / 3)


def _day(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


def _ago(time: timedelta) -> str:
    """Return a length of time in its two largest units."""
    minutes = int(time.total_seconds()) // 60
    units = (("day", minutes // 1440), ("hour", minutes // 60 % 24), ("minute", minutes % 60))
    parts = [f"{number} {unit}{'' if number == 1 else 's'}" for unit, number in units if number]
    return " ".join(parts[:1] if units[0][1] > 1 else parts[:2]) or "less than a minute"
