"""The logon: how it was made, what is encrypted, what is left open."""

from __future__ import annotations

import ipaddress

from aovpn_remediate.doctor import cures
from aovpn_remediate.doctor.checks.case import Case
from aovpn_remediate.doctor.observed import Shell
from aovpn_remediate.results.examination import Check, Finding, Level

MANY_SHELLS = 20
"""Of the 30 that Windows allows a user."""

_LOGONS = {
    "kerberos": "Kerberos",
    "ntlm": "NTLM",
    "credssp": "CredSSP",
    "basic": "Basic",
    "certificate": "client certificate",
}


def logon(case: Case) -> Finding | None:
    """How the logon was made in the end."""
    if case.local:
        return case.finding(Check.LOGON, Level.OK, "who runs this")
    if case.seen.visit is None and case.seen.wire is None:
        return None
    used = _used(case)
    if used is None:
        found = f"{case.connection.auth} (which way cannot be told)"
        return case.finding(Check.LOGON, Level.OK, found)
    if used == "ntlm" and case.connection.auth == "negotiate":
        return _fallen_back(case)
    return case.finding(Check.LOGON, Level.OK, _LOGONS.get(used, used))


def _fallen_back(case: Case) -> Finding:
    """NTLM where Kerberos might have been."""
    if _is_ip(case.host.address):
        return case.finding(Check.LOGON, Level.OK, "NTLM (Kerberos wants a name)")
    facts = case.facts
    if facts is not None and facts.domain is None and "domain" not in facts.unknown:
        return case.finding(Check.LOGON, Level.OK, "NTLM (the host is in no domain)")
    domain = facts.domain if facts else None
    found = f"NTLM, though the host is in the domain {domain}" if domain else "NTLM"
    return case.finding(Check.LOGON, Level.WARNING, found, cures.NTLM)


def _used(case: Case) -> str | None:
    """How the logon was made, as far as it can be told."""
    if case.connection.auth != "negotiate":
        return case.connection.auth
    if case.connection.transport == "winrm":
        return "kerberos" if case.host.credential.password is None else "ntlm"
    logon = case.seen.wire.logon if case.seen.wire else None
    return logon if logon in _LOGONS else None


def _is_ip(address: str) -> bool:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return False
    return True


def encryption(case: Case) -> Finding | None:
    """Whether others can read along."""
    if case.local:
        return case.finding(Check.ENCRYPTION, Level.OK, "nothing leaves this machine")
    if case.seen.visit is None and case.seen.wire is None:
        return None
    sealed = case.seen.wire.sealed if case.seen.wire else None
    if case.connection.scheme == "https":
        more = " and encrypted messages" if sealed else ""
        return case.finding(Check.ENCRYPTION, Level.OK, f"TLS{more}")
    if sealed is None:
        # Where they are not sealed although they should be, no session comes about.
        sealed = case.connection.encryption != "never"
    if sealed:
        return case.finding(Check.ENCRYPTION, Level.OK, "encrypted messages")
    found = "nothing is encrypted (http, `encryption: never`)"
    return case.finding(Check.ENCRYPTION, Level.WARNING, found, cures.SENT_IN_PLAIN)


def shells(case: Case) -> Finding | None:
    """How many shells of this user are open beside the one that was asked in."""
    if case.seen.wire is None:
        return None
    shells = mine(case)
    if shells is None:
        found = f"cannot be told: {case.seen.wire.trouble}"
        return case.finding(Check.SHELLS, Level.SKIPPED, found)
    if len(shells) < MANY_SHELLS:
        return case.finding(Check.SHELLS, Level.OK, shells_open(shells), value=len(shells))
    found = f"{shells_open(shells)}; Windows allows a user 30"
    return case.finding(Check.SHELLS, Level.WARNING, found, cures.MANY_SHELLS, len(shells))


def mine(case: Case) -> tuple[Shell, ...] | None:
    """The shells of who logs on: an administrator is shown those of others too."""
    shells = case.seen.wire.shells if case.seen.wire else None
    who = _short(case.host.credential.username or "")
    if shells is None or not who:
        return shells
    return tuple(shell for shell in shells if _short(shell.owner) == who)


def _short(user: str) -> str:
    r"""`svc` of `CORP\svc` and `svc@corp.example`."""
    return user.rpartition("\\")[2].partition("@")[0].casefold()


def shells_open(shells: tuple[Shell, ...]) -> str:
    """How many, and since when."""
    if not shells:
        return "no shell left"
    oldest = max(shell.seconds for shell in shells)
    number = f"{len(shells)} shells" if len(shells) > 1 else "1 shell"
    return f"{number} of this user left, the oldest {oldest / 60:.0f} min"
