"""The words for what a host refuses, and which error of ours it is.

In braces: `who` logs on, `auth`, `endpoint`, `address`, `where` (address and port), `scheme`,
`seconds` to connect, `proxy`, and `what` the library or the host said.
"""

from __future__ import annotations

from aovpn_remediate.errors import (
    Disconnected,
    LogonFailed,
    NotAllowed,
    TimedOut,
    TransportError,
    Unreachable,
)
from aovpn_remediate.transports import outcome as fate

Said = tuple[type[TransportError], str]

FAULTS: dict[int, Said] = {
    fate.ACCESS_DENIED: (
        NotAllowed,
        (
            "access is denied to {who}: they must be an administrator of the host, or in its group"
            " Remote Management Users and allowed to use the endpoint {endpoint}"
        ),
    ),
    fate.NO_ENDPOINT: (
        NotAllowed,
        (
            "there is no endpoint {endpoint}: Get-PSSessionConfiguration on the host lists those"
            " there are, Enable-PSRemoting makes the usual ones"
        ),
    ),
    fate.SHELL_QUOTA: (
        NotAllowed,
        (
            "{who} has too many shells open on the host: wait until they end, or raise"
            " MaxShellsPerUser"
        ),
    ),
    fate.OPERATION_QUOTA: (
        NotAllowed,
        "{who} has too many operations under way on the host: wait, or raise the quotas of WinRM",
    ),
    fate.GONE: (
        Disconnected,
        "the host no longer knows the session: it or its WinRM was restarted",
    ),
    fate.QUIET: (TimedOut, "WinRM did not finish in the time that it was given"),
}
OTHER_FAULT: Said = (NotAllowed, "WinRM refuses: {what}")

STATUSES: dict[int, Said] = {
    fate.BAD_REQUEST: (Disconnected, "the host could not read what was sent to it (400)"),
    fate.UNAUTHORIZED: (
        LogonFailed,
        (
            "cannot log on as {who} ({auth}): 401; name or password is wrong, or the account"
            " is locked, expired or not allowed to log on there"
        ),
    ),
    403: (NotAllowed, "{who} is refused (403): a right is missing"),
    404: (Unreachable, "{where} answers, but there is no WinRM (404): check the port"),
    405: (Unreachable, "{where} answers, but is no WinRM (405): check the port"),
    407: (NotAllowed, "the proxy {proxy} wants a logon (407): put it into `proxy`"),
    fate.TOO_LARGE: (
        NotAllowed,
        "the host refuses a message of 150 KB (413): raise its MaxEnvelopeSizekb to 500",
    ),
    fate.UNAVAILABLE: (
        Unreachable,
        "WinRM at {where} is not available (503): does its service run?",
    ),
}
OTHER_STATUS: Said = (Unreachable, "{where} answers, but not as WinRM does (HTTP {what})")
UNENCRYPTED: Said = (
    NotAllowed,
    (
        "the host takes no messages that are not encrypted (AllowUnencrypted is off): use https, or"
        " `encryption: auto` with another `auth` than basic"
    ),
)

KERBEROS: tuple[tuple[str, Said], ...] = (
    (
        "Clock skew",
        (NotAllowed, "Kerberos refuses: the clocks of this machine and of the domain differ"),
    ),
    (
        "not found in Kerberos database",
        (
            NotAllowed,
            (
                "Kerberos knows no service at {address}: use the name that the host has in its"
                " domain, not an alias or an IP address"
            ),
        ),
    ),
    (
        "KDC",
        (NotAllowed, "no domain controller answers for Kerberos: check krb5.conf and DNS"),
    ),
    (
        "credential",
        (
            LogonFailed,
            "cannot log on ({auth}): no Kerberos ticket; run kinit, or name a user and a password",
        ),
    ),
)
OTHER_LOGON: Said = (LogonFailed, "cannot log on as {who} ({auth}): {what}")

NONSENSE: Said = (Disconnected, "the host answered something that makes no sense: {what}")
NOT_OFFERED: Said = (NotAllowed, "the host does not offer {auth}, only {what}: change `auth`")
BAD_SETTING: Said = (NotAllowed, "{what}")
MISSING: Said = (NotAllowed, "{auth} needs more: pip install 'aovpn-remediate[{what}]'")

NO_NAME: Said = (
    Unreachable,
    "the name {address} is not known: check DNS, or set `address` in the inventory",
)
REFUSED: Said = (
    Unreachable,
    "{where} refuses connections: is WinRM on (Enable-PSRemoting), and listening for {scheme}?",
)
NO_CONNECTION: Said = (
    Unreachable,
    "no connection to {where} within {seconds} s: is the host up, and no firewall in between?",
)
NO_ROUTE: Said = (Unreachable, "no way to {address}: {what}")
BAD_PROXY: Said = (Unreachable, "no connection through the proxy {proxy}: {what}")
BAD_ADDRESS: Said = (Unreachable, "{address} is no address: {what}")
NO_TLS: Said = (Unreachable, "{where} speaks no TLS: is it the port for {scheme}?")
OTHER_TLS: Said = (Unreachable, "no TLS with {where}: {what}")
UNTRUSTED: Said = (
    Unreachable,
    "the certificate of {where} is not trusted ({what}): name the authority's in `ca_file`",
)
WRONG_NAME: Said = (
    Unreachable,
    "the certificate of {where} is for another name ({what}): set `address` to the one in it",
)
EXPIRED: Said = (Unreachable, "the certificate of {where} is not valid today ({what})")
NO_ANSWER: Said = (TimedOut, "no answer from {where}")
BROKEN: Said = (Disconnected, "the connection to {where} broke: {what}")
