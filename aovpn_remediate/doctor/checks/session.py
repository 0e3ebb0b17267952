"""Checks of the session: opening time, PowerShell, rights, clock, pending reboot."""

from __future__ import annotations

import re

from aovpn_remediate.doctor import cures
from aovpn_remediate.doctor.checks.context import CheckContext
from aovpn_remediate.engine.reading.identity import own_name
from aovpn_remediate.results.examination import Check, Finding, Level

OPENING_SECONDS = 15.0
"""The opening time above which a session is slow."""
CLOCK_WARNING = 60.0
CLOCK_FAILED = 300.0
"""The difference in seconds above which Kerberos refuses a logon."""

_OLDEST_POWERSHELL = (5, 1)


def check_opening(context: CheckContext) -> Finding | None:
    """Check how long the session took to open, which includes loading the user's profile."""
    if context.observed.session is None:
        return None
    seconds = context.observed.session.open_seconds
    found = f"opened in {seconds:.1f} s"
    if seconds > OPENING_SECONDS:
        return context.finding(Check.OPENING, Level.WARNING, found, cures.SLOW_OPENING, seconds)
    return context.finding(Check.OPENING, Level.OK, found, value=seconds)


def check_powershell(context: CheckContext) -> Finding | None:
    """Check the version of PowerShell."""
    if context.facts is None:
        return None
    version = re.match(r"(\d{1,6})\.(\d{1,6})", context.facts.powershell or "")
    if version is None:
        return context.unreadable(Check.POWERSHELL, "the PowerShell version", "powershell")
    numbers = (int(version[1]), int(version[2]))
    found = f"PowerShell {numbers[0]}.{numbers[1]}"
    if numbers < _OLDEST_POWERSHELL:
        return context.finding(Check.POWERSHELL, Level.FAILED, found, cures.OLD_POWERSHELL)
    return context.finding(Check.POWERSHELL, Level.OK, found)


def check_language(context: CheckContext) -> Finding | None:
    """Check that scripts run in full language mode."""
    if context.facts is None:
        return None
    mode = context.facts.language_mode
    if mode is None:
        return context.unreadable(Check.LANGUAGE, "the language mode", "language_mode")
    if mode != "FullLanguage":
        return context.finding(Check.LANGUAGE, Level.FAILED, mode, cures.CONSTRAINED)
    return context.finding(Check.LANGUAGE, Level.OK, mode)


def check_rights(context: CheckContext) -> Finding | None:
    """Check that the account can read and change the host."""
    facts = context.facts
    if facts is None:
        return None
    if facts.os_build is None:
        why = facts.unknown.get("os_build", "the host did not report it")
        found = f"cannot read the registry: {why}"
        return context.finding(Check.RIGHTS, Level.FAILED, found, cures.NOT_READING)
    if facts.administrator is None:
        return context.unreadable(
            Check.RIGHTS, "can read, but membership of Administrators", "administrator"
        )
    if not facts.administrator:
        found = "can read but not change: not an administrator"
        return context.finding(Check.RIGHTS, Level.FAILED, found, cures.NOT_ADMINISTRATOR)
    return context.finding(Check.RIGHTS, Level.OK, "can read and change: administrator")


def check_identity(context: CheckContext) -> Finding | None:
    """Check what the host calls itself; whether others do too, only the fleet can tell."""
    if context.facts is None:
        return None
    if context.facts.name is None:
        return context.unreadable(Check.IDENTITY, "the name of the host", "name")
    return context.finding(Check.IDENTITY, Level.OK, f"calls itself {own_name(context.facts)}")


def check_clock(context: CheckContext) -> Finding | None:
    """Check the clock of the host against the clock of this machine."""
    if context.observed.session is None:
        return None
    ahead = context.observed.session.clock
    if ahead is None:
        return context.unreadable(Check.CLOCK, "the time", "time")
    difference = abs(ahead) - context.observed.session.clock_error
    found = f"clock {round(ahead, 1) + 0.0:+.1f} s"  # never -0.0
    if difference <= CLOCK_WARNING:
        return context.finding(Check.CLOCK, Level.OK, found, value=ahead)
    level = Level.FAILED if difference > CLOCK_FAILED else Level.WARNING
    side = "ahead of" if ahead > 0 else "behind"
    found = f"the clock is {abs(ahead):.0f} s {side} the clock of this machine"
    if level is Level.FAILED:
        found += "; Kerberos allows 300"
    return context.finding(Check.CLOCK, level, found, cures.CLOCK, ahead)


def check_reboot(context: CheckContext) -> Finding | None:
    """Check for a pending reboot."""
    if context.facts is None:
        return None
    reasons = context.facts.pending_reboot
    if reasons is None:
        return context.unreadable(Check.REBOOT, "the pending reboot state", "pending_reboot")
    if reasons:
        found = f"a reboot is pending: {', '.join(reasons)}"
        return context.finding(Check.REBOOT, Level.WARNING, found, cures.REBOOT)
    return context.finding(Check.REBOOT, Level.OK, "none pending")
