"""What PowerShell on the host told."""

from __future__ import annotations

import re

from aovpn_remediate.doctor import cures
from aovpn_remediate.doctor.checks.case import Case
from aovpn_remediate.results.examination import Check, Finding, Level

OPENING_SECONDS = 15.0
"""A session that takes longer than this to open is slow."""
CLOCK_WARNING = 60.0
CLOCK_FAILED = 300.0
"""Seconds; Kerberos refuses from here on."""

_OLDEST_POWERSHELL = (5, 1)


def opening(case: Case) -> Finding | None:
    """How long PowerShell took to be there: the profile of the user is loaded in it."""
    if case.seen.visit is None:
        return None
    seconds = case.seen.visit.open_seconds
    found = f"opened in {seconds:.1f} s"
    if seconds > OPENING_SECONDS:
        return case.finding(Check.OPENING, Level.WARNING, found, cures.SLOW_OPENING, seconds)
    return case.finding(Check.OPENING, Level.OK, found, value=seconds)


def powershell(case: Case) -> Finding | None:
    """Which PowerShell it is."""
    if case.facts is None:
        return None
    version = re.match(r"(\d{1,6})\.(\d{1,6})", case.facts.powershell or "")
    if version is None:
        return case.untold(Check.POWERSHELL, "the version", "powershell")
    numbers = (int(version[1]), int(version[2]))
    found = f"PowerShell {numbers[0]}.{numbers[1]}"
    if numbers < _OLDEST_POWERSHELL:
        return case.finding(Check.POWERSHELL, Level.FAILED, found, cures.OLD_POWERSHELL)
    return case.finding(Check.POWERSHELL, Level.OK, found)


def language(case: Case) -> Finding | None:
    """Whether scripts may do everything."""
    if case.facts is None:
        return None
    mode = case.facts.language_mode
    if mode is None:
        return case.untold(Check.LANGUAGE, "the language mode", "language_mode")
    if mode != "FullLanguage":
        return case.finding(Check.LANGUAGE, Level.FAILED, mode, cures.CONSTRAINED)
    return case.finding(Check.LANGUAGE, Level.OK, mode)


def rights(case: Case) -> Finding | None:
    """Whether it can be read, and changed."""
    facts = case.facts
    if facts is None:
        return None
    if facts.os_build is None:
        why = facts.unknown.get("os_build", "the host did not say")
        found = f"cannot read the registry: {why}"
        return case.finding(Check.RIGHTS, Level.FAILED, found, cures.NOT_READING)
    if facts.administrator is None:
        return case.untold(Check.RIGHTS, "can read; whether it can change", "administrator")
    if not facts.administrator:
        found = "can read, cannot change: no administrator"
        return case.finding(Check.RIGHTS, Level.FAILED, found, cures.NOT_ADMINISTRATOR)
    return case.finding(Check.RIGHTS, Level.OK, "can read and change: administrator")


def clock(case: Case) -> Finding | None:
    """How far the clocks are apart."""
    if case.seen.visit is None:
        return None
    ahead = case.seen.visit.clock
    if ahead is None:
        return case.untold(Check.CLOCK, "the time", "time")
    off = abs(ahead) - case.seen.visit.clock_error
    found = f"clock {round(ahead, 1) + 0.0:+.1f} s"  # never -0.0
    if off <= CLOCK_WARNING:
        return case.finding(Check.CLOCK, Level.OK, found, value=ahead)
    level = Level.FAILED if off > CLOCK_FAILED else Level.WARNING
    side = "ahead of" if ahead > 0 else "behind"
    found = f"the clock is {abs(ahead):.0f} s {side} this machine's"
    if level is Level.FAILED:
        found += "; Kerberos allows 300"
    return case.finding(Check.CLOCK, level, found, cures.CLOCK, ahead)


def reboot(case: Case) -> Finding | None:
    """Whether Windows waits for a reboot, and why."""
    if case.facts is None:
        return None
    reasons = case.facts.pending_reboot
    if reasons is None:
        return case.untold(Check.REBOOT, "whether a reboot is pending", "pending_reboot")
    if reasons:
        found = f"a reboot is pending: {', '.join(reasons)}"
        return case.finding(Check.REBOOT, Level.WARNING, found, cures.REBOOT)
    return case.finding(Check.REBOOT, Level.OK, "none pending")
