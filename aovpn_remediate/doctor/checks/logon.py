"""Checks of the logon: authentication, encryption, open shells."""

from __future__ import annotations

from aovpn_remediate.doctor import cures
from aovpn_remediate.doctor.checks.context import CheckContext
from aovpn_remediate.doctor.observed import Shell
from aovpn_remediate.inventory.model import is_ip
from aovpn_remediate.results.examination import Check, Finding, Level

MANY_SHELLS = 20
"""The number of shells that causes a warning; Windows allows a user 30."""

_LOGONS = {
    "kerberos": "Kerberos",
    "ntlm": "NTLM",
    "credssp": "CredSSP",
    "basic": "Basic",
    "certificate": "client certificate",
}


def check_logon(context: CheckContext) -> Finding | None:
    """Check which authentication protocol the logon used."""
    if context.local:
        return context.finding(Check.LOGON, Level.OK, "the user running this program")
    if context.observed.session is None and context.observed.logon is None:
        return None
    protocol = _protocol_used(context)
    if protocol is None:
        found = f"{context.connection.auth} (protocol not known)"
        return context.finding(Check.LOGON, Level.OK, found)
    if protocol == "ntlm" and context.connection.auth == "negotiate":
        return _ntlm_finding(context)
    return context.finding(Check.LOGON, Level.OK, _LOGONS.get(protocol, protocol))


def _ntlm_finding(context: CheckContext) -> Finding:
    """Make the finding for NTLM where `negotiate` could have used Kerberos."""
    if is_ip(context.host.address):
        return context.finding(Check.LOGON, Level.OK, "NTLM (Kerberos needs a host name)")
    facts = context.facts
    if facts is not None and facts.domain is None and "domain" not in facts.unknown:
        return context.finding(Check.LOGON, Level.OK, "NTLM (the host is not in a domain)")
    domain = facts.domain if facts else None
    found = f"NTLM, although the host is in the domain {domain}" if domain else "NTLM"
    return context.finding(Check.LOGON, Level.WARNING, found, cures.NTLM)


def _protocol_used(context: CheckContext) -> str | None:
    """Return the authentication protocol of the logon, or None if it is not known."""
    if context.connection.auth != "negotiate":
        return context.connection.auth
    if context.connection.transport == "winrm":
        return "kerberos" if context.host.credential.password is None else "ntlm"
    protocol = context.observed.logon.protocol if context.observed.logon else None
    return protocol if protocol in _LOGONS else None


def check_encryption(context: CheckContext) -> Finding | None:
    """Check that messages are encrypted."""
    if context.local:
        return context.finding(Check.ENCRYPTION, Level.OK, "nothing leaves this machine")
    if context.observed.session is None and context.observed.logon is None:
        return None
    encrypted = context.observed.logon.encrypted if context.observed.logon else None
    if context.connection.scheme == "https":
        inner = " and encrypted messages" if encrypted else ""
        return context.finding(Check.ENCRYPTION, Level.OK, f"TLS{inner}")
    if encrypted is None:
        # Without the encryption that the inventory demands, no session opens.
        encrypted = context.connection.encryption != "never"
    if encrypted:
        return context.finding(Check.ENCRYPTION, Level.OK, "encrypted messages")
    found = "messages are not encrypted (`scheme: http`, `encryption: never`)"
    return context.finding(Check.ENCRYPTION, Level.WARNING, found, cures.SENT_IN_PLAIN)


def check_shells(context: CheckContext) -> Finding | None:
    """Check how many shells of this user are open besides that of the examination."""
    if context.observed.logon is None:
        return None
    shells = shells_of_account(context)
    if shells is None:
        found = f"could not be read: {context.observed.logon.shells_error}"
        return context.finding(Check.SHELLS, Level.SKIPPED, found)
    if len(shells) < MANY_SHELLS:
        return context.finding(Check.SHELLS, Level.OK, describe_shells(shells), value=len(shells))
    found = f"{describe_shells(shells)}; Windows allows 30 per user"
    return context.finding(Check.SHELLS, Level.WARNING, found, cures.MANY_SHELLS, len(shells))


def shells_of_account(context: CheckContext) -> tuple[Shell, ...] | None:
    """Return the shells of the account that logs on: an administrator sees those of all users."""
    shells = context.observed.logon.shells if context.observed.logon else None
    who = _user_name(context.host.credential.username or "")
    if shells is None or not who:
        return shells
    return tuple(shell for shell in shells if _user_name(shell.owner) == who)


def _user_name(user: str) -> str:
    r"""Return `svc` for `CORP\svc` and `svc@corp.example`."""
    return user.rpartition("\\")[2].partition("@")[0].casefold()


def describe_shells(shells: tuple[Shell, ...]) -> str:
    """Describe the number of shells and the age of the oldest."""
    if not shells:
        return "no other shell open"
    oldest = max(shell.seconds for shell in shells)
    number = f"{len(shells)} shells" if len(shells) > 1 else "1 shell"
    return f"{number} of this user open, the oldest for {oldest / 60:.0f} min"
