"""The texts of refusals and network errors, and the `TransportError` raised for each.

Fields in braces: `account` that logs on, `auth`, `endpoint`, `address`, `target` (address and
port), `scheme`, `seconds` to connect, `proxy`, and `detail` from the library or the host.
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
from aovpn_remediate.transports import outcome

FaultText = tuple[type[TransportError], str]

FAULTS: dict[int, FaultText] = {
    outcome.ACCESS_DENIED: (
        NotAllowed,
        (
            "access is denied for {account}: the account must be an administrator of the host, or"
            " a member of Remote Management Users with permission on the endpoint {endpoint}"
        ),
    ),
    outcome.NO_ENDPOINT: (
        NotAllowed,
        (
            "the host has no endpoint {endpoint}: run Get-PSSessionConfiguration on the host to"
            " list its endpoints, or Enable-PSRemoting to create the default ones"
        ),
    ),
    outcome.SHELL_QUOTA: (
        NotAllowed,
        (
            "{account} has too many shells open on the host: wait until some of them end, or raise"
            " MaxShellsPerUser on the host"
        ),
    ),
    outcome.OPERATION_QUOTA: (
        NotAllowed,
        (
            "{account} has too many operations running on the host: wait until some of them end,"
            " or raise the WinRM quotas of the host"
        ),
    ),
    outcome.SHELL_NOT_FOUND: (
        Disconnected,
        "the session no longer exists on the host: the host or its WinRM service was restarted",
    ),
    outcome.OPERATION_TIMED_OUT: (TimedOut, "WinRM did not finish the operation in time"),
}
OTHER_FAULT: FaultText = (NotAllowed, "WinRM refused the request: {detail}")

STATUSES: dict[int, FaultText] = {
    outcome.BAD_REQUEST: (Disconnected, "the host could not read the request (HTTP 400)"),
    outcome.UNAUTHORIZED: (
        LogonFailed,
        (
            "cannot log on as {account} ({auth}): 401 Unauthorized; the user name or password is"
            " wrong, or the account is locked, expired or not allowed to log on to the host"
        ),
    ),
    403: (NotAllowed, "access is refused for {account} (HTTP 403): the account lacks a permission"),
    404: (Unreachable, "{target} answers, but has no WinRM service (HTTP 404): check `port`"),
    405: (Unreachable, "{target} answers, but is not WinRM (HTTP 405): check `port`"),
    407: (
        NotAllowed,
        "the proxy {proxy} requires a logon (HTTP 407): add the user and password to `proxy`",
    ),
    outcome.TOO_LARGE: (
        NotAllowed,
        (
            "the host refused a message of 150 KB (HTTP 413): set MaxEnvelopeSizekb on the host to"
            " 500"
        ),
    ),
    outcome.UNAVAILABLE: (
        Unreachable,
        "WinRM at {target} is not available (HTTP 503): check that its service is running",
    ),
}
OTHER_STATUS: FaultText = (
    Unreachable,
    "{target} answers, but is not WinRM (HTTP {detail}): check `address` and `port`",
)
UNENCRYPTED: FaultText = (
    NotAllowed,
    (
        "the host refuses unencrypted messages (AllowUnencrypted is off): use `scheme: https`, or"
        " `encryption: auto` with an `auth` other than basic"
    ),
)

KERBEROS: tuple[tuple[str, FaultText], ...] = (
    (
        "Clock skew",
        (
            NotAllowed,
            (
                "Kerberos refused the logon: the clocks of this machine and of the domain differ"
                " too much; synchronize them"
            ),
        ),
    ),
    (
        "not found in Kerberos database",
        (
            NotAllowed,
            (
                "Kerberos knows no service at {address}: use the name of the host in its domain,"
                " not an alias or an IP address"
            ),
        ),
    ),
    (
        "KDC",
        (
            NotAllowed,
            "no domain controller answered the Kerberos request: check krb5.conf and DNS",
        ),
    ),
    (
        "credential",
        (
            LogonFailed,
            (
                "cannot log on ({auth}): there is no Kerberos ticket; run kinit, or set a user"
                " name and a password"
            ),
        ),
    ),
)
OTHER_LOGON: FaultText = (LogonFailed, "cannot log on as {account} ({auth}): {detail}")

INVALID_RESPONSE: FaultText = (Disconnected, "the host sent an invalid response: {detail}")
AUTH_NOT_OFFERED: FaultText = (
    NotAllowed,
    "the host does not offer {auth}, only {detail}: change `auth`, or enable {auth} on the host",
)
INVALID_SETTING: FaultText = (NotAllowed, "{detail}")
MISSING_EXTRA: FaultText = (
    NotAllowed,
    "{auth} needs an optional package: pip install 'aovpn-remediate[{detail}]'",
)

UNKNOWN_NAME: FaultText = (
    Unreachable,
    "the name {address} cannot be resolved: check DNS, or set `address` in the inventory",
)
REFUSED: FaultText = (
    Unreachable,
    (
        "{target} refuses connections: check that WinRM is enabled (Enable-PSRemoting) and listens"
        " for {scheme}"
    ),
)
NO_CONNECTION: FaultText = (
    Unreachable,
    (
        "cannot connect to {target} within {seconds} s: check that the host is up and that no"
        " firewall blocks the port"
    ),
)
NO_ROUTE: FaultText = (Unreachable, "cannot reach {address}: {detail}")
BAD_PROXY: FaultText = (Unreachable, "cannot connect through the proxy {proxy}: {detail}")
BAD_ADDRESS: FaultText = (Unreachable, "{address} is not a valid address: {detail}")
NO_TLS: FaultText = (
    Unreachable,
    "{target} does not speak TLS: check that it is the port for {scheme}",
)
OTHER_TLS: FaultText = (Unreachable, "the TLS handshake with {target} failed: {detail}")
UNTRUSTED: FaultText = (
    Unreachable,
    (
        "the certificate of {target} is not trusted ({detail}): set `ca_file` to the certificate"
        " of its authority"
    ),
)
WRONG_NAME: FaultText = (
    Unreachable,
    (
        "the certificate of {target} is for another name ({detail}): set `address` to a name in"
        " the certificate"
    ),
)
EXPIRED: FaultText = (
    Unreachable,
    (
        "the certificate of {target} is not valid today ({detail}): renew it, or correct the clock"
        " of this machine"
    ),
)
NO_ANSWER: FaultText = (TimedOut, "{target} did not answer in time")
BROKEN: FaultText = (Disconnected, "the connection to {target} was lost: {detail}")
