"""Restarts in words: those that changes need, those of a run, those that are pending."""

from __future__ import annotations

from aovpn_remediate.reports.escape import visible
from aovpn_remediate.reports.vocabulary import UNPROVEN
from aovpn_remediate.reports.words import count, moment
from aovpn_remediate.results import REBOOT, Outstanding, Restart, RestartRun


def needed(restart: Restart) -> str:
    """Name a restart that a change needs: `reboot`, `restart RasMan, IAS`, or nothing."""
    return visible(str(restart))


def restart_of(need: str) -> str:
    """Name one restart: `reboot`, `restart of RasMan`."""
    return "reboot" if need == REBOOT else f"restart of {visible(need)}"


def pending_of(left: Outstanding) -> str:
    """Name what is pending: `reboot`, `restart of RasMan`, `start of RasMan`."""
    return f"start of {visible(left.need)}" if left.down else restart_of(left.need)


def is_pending(name: str) -> bool:
    """Return True for a name that `pending_of` makes."""
    return name == restart_of(REBOOT) or name.startswith((restart_of(""), "start of "))


def origin(left: Outstanding) -> str:
    """Return where it comes from: the time, the step and the run, or the run that stopped it."""
    if left.down:
        return f"run {left.run} stopped it, and it is not running"
    return f"{since(left)}: {left.step} of run {left.run}"


def since(left: Outstanding) -> str:
    """Return the time of the change by the clock of its host, which may be ahead of any other."""
    return f"since {moment(left.since)} by the host's clock"


def disconnected(restart: RestartRun) -> str:
    """Tell how many VPN sessions a restart ended: `41 VPN sessions disconnected`, or nothing."""
    if not (restart.tried and restart.sessions):
        return ""
    return f"{count(restart.sessions, 'VPN session')} disconnected"


def reason_of(restart: RestartRun) -> str:
    """Return the reason for the state of a restart, or nothing."""
    return UNPROVEN if restart.status == "unproven" else restart.message
