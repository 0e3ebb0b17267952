"""The suggested fix for each problem that the doctor finds.

Fields in `$`: `address`, `port`, `scheme`, `account` that logs on, `auth`, `endpoint`, `Listener`
(HTTP or HTTPS). Commands are PowerShell, to be run on the host unless the text says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

from aovpn_remediate.doctor.observed import Reason
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.resources import KINDS

_LISTENER = (
    "run Enable-PSRemoting -Force on the host, then check that `winrm enumerate"
    " winrm/config/listener` lists $Listener on port $port"
)
_MAKE_HTTPS = (
    "; a listener for HTTPS needs a certificate: New-Item WSMan:\\localhost\\Listener"
    " -Transport HTTPS -Address * -CertificateThumbPrint THUMBPRINT -Force"
)
_FILTER_POLICY = (
    "a local account other than the built-in Administrator has no administrator rights over the"
    " network until LocalAccountTokenFilterPolicy is set on the host: New-ItemProperty"
    " HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    " -Name LocalAccountTokenFilterPolicy -PropertyType DWord -Value 1"
)
_SPN = (
    "set `address` to the name of the host in its domain, or register an SPN for the name in use:"
    " setspn -Q HOST/$address shows which account has it, setspn -S HOST/$address COMPUTER adds it"
)
_TIME = (
    "run w32tm /query /status and w32tm /resync on the host; if they report no error, check the"
    " time synchronization of this machine"
)

BY_REASON: Mapping[Reason, str] = {
    Reason.NAME_UNKNOWN: (
        "run Resolve-DnsName $address and correct DNS, or set `address` in the inventory"
    ),
    Reason.REFUSED: _LISTENER + _MAKE_HTTPS,
    Reason.SILENT: (
        "check that the host is up; if it is, a firewall blocks the port: New-NetFirewallRule"
        " -DisplayName 'WinRM $port' -Direction Inbound -Protocol TCP -LocalPort $port"
        " -Action Allow"
    ),
    Reason.NO_ROUTE: "check the network and the routes of this machine, and `address`",
    Reason.NOT_WINRM: "check `port` and `scheme`; " + _LISTENER,
    Reason.UNREACHABLE: "check `proxy`, `address` and `port` in the inventory; " + _LISTENER,
    Reason.TLS_DATES: (
        "renew the certificate and assign it to the listener: Set-WSManInstance"
        " winrm/config/Listener -SelectorSet @{Address='*';Transport='HTTPS'}"
        " -ValueSet @{CertificateThumbprint='THUMBPRINT'}; also check the clock of this machine"
    ),
    Reason.TLS_NAME: (
        "set `address` to a name in the certificate, or assign a certificate for $address to the"
        " listener"
    ),
    Reason.TLS_ISSUER: (
        "set `ca_file` to the PEM file of the authority; replace a self-signed certificate by one"
        " from an authority if possible"
    ),
    Reason.NO_TLS: "check `port` and `scheme`; " + _LISTENER + _MAKE_HTTPS,
    Reason.SETTING: "correct the setting in the inventory",
    Reason.SECRET: (
        "correct `password` of the credential, or store the secret where `password` refers to"
    ),
    Reason.CREDENTIAL: (
        "check the user name (DOMAIN\\name, name@domain, or HOST\\name for a local account) and the"
        " password; in a domain, Search-ADAccount -LockedOut and -AccountExpired list affected"
        " accounts; try again on one host with --limit, so that the account is not locked out"
    ),
    Reason.NOT_TRIED: "first fix the logon on the hosts that refused the credential",
    Reason.NOT_OFFERED: (
        "change `auth`, or allow it on the host: Get-ChildItem WSMan:\\localhost\\Service\\Auth"
    ),
    Reason.SPN: _SPN,
    Reason.SKEW: _TIME,
    Reason.KDC: (
        "check DNS and krb5.conf of this machine: nslookup -type=SRV _kerberos._tcp.DOMAIN"
    ),
    Reason.TICKET: (
        "run kinit on this machine (klist lists the tickets), or set a user name and a password"
    ),
    Reason.UNENCRYPTED: (
        "use `scheme: https`, or remove `encryption: never` and use an `auth` other than basic"
    ),
    Reason.QUOTA: (
        "wait until some shells end (Restart-Service WinRM ends the shells of all users), or raise"
        " the quota: Set-Item WSMan:\\localhost\\Shell\\MaxShellsPerUser 50"
    ),
    Reason.DENIED: (
        "make $account an administrator of the host; "
        + _FILTER_POLICY
        + "; also check the permissions of the endpoint: (Get-PSSessionConfiguration"
        " $endpoint).Permission"
    ),
    Reason.ENDPOINT: (
        "run Get-PSSessionConfiguration on the host and set `endpoint` to one that it lists, or"
        " create the default ones with Enable-PSRemoting -Force"
    ),
    Reason.NO_POWERSHELL: "install PowerShell on this machine, or add it to PATH",
    Reason.SLOW: (
        "check the load of the host, and that it reaches its domain controller and the revocation"
        " lists of its certificates; a longer `deadline` in the inventory gives it more time"
    ),
    Reason.SCRIPT: (
        "an endpoint restricted to some commands (JEA) or without a language mode runs no scripts:"
        " set `endpoint` to Microsoft.PowerShell"
    ),
    Reason.LOST: (
        "the host may be restarting: try again; if the error persists, check any proxy or load"
        " balancer in between, and on the host Get-WinEvent Microsoft-Windows-WinRM/Operational"
    ),
    Reason.OTHER: "check the log on the host: Get-WinEvent Microsoft-Windows-WinRM/Operational",
}

RENEW_SOON = BY_REASON[Reason.TLS_DATES]
NOT_VERIFIED = "set `ca_file` to the authority and remove `verify: false` from the inventory"
SENT_IN_PLAIN = (
    "anyone on the network path can read and change the messages: use `scheme: https`, or remove"
    " `encryption: never` and use an `auth` other than basic"
)
NTLM = (
    "Kerberos was not available: "
    + _SPN
    + ". (TrustedHosts applies to the WinRM client of Windows, which requires the host in it for"
    " NTLM; this program does not use it.)"
)
MANY_SHELLS = BY_REASON[Reason.QUOTA]
SLOW_OPENING = (
    "check for a large or roaming profile of $account, a virus scanner that scans each module, and"
    " revocation lists that the host cannot reach; a longer `operation_timeout` in the inventory"
    " gives it more time"
)
OLD_POWERSHELL = "install Windows Management Framework 5.1"
CONSTRAINED = (
    f"{', '.join(name for name, kind in KINDS.items() if not kind.constrained_language)}"
    " cannot be read in this mode, and no automatic rollback can be scheduled;"
    f" {', '.join(name for name, kind in KINDS.items() if kind.constrained_language)} work: change"
    " the WDAC or AppLocker policy of the host so that scripts of administrators run in full"
    " language mode, or use an endpoint that the policy does not cover"
)
NOT_ADMINISTRATOR = (
    "make $account a member of Administrators on the host, directly or through a domain group; "
    + _FILTER_POLICY
)
NOT_READING = "make $account an administrator of the host, so that it can read the registry"
CLOCK = _TIME
REBOOT = "reboot the host at a suitable time: some changes take effect only after the reboot"

SAME_SERVER = "remove all names but one: as two hosts it would be changed and restarted twice"
CLONE = "if it is a clone, run sysprep /generalize on it, so that each server has an id of its own"


def fix_for(text: str, host: Host) -> str:
    """Return a suggested fix, worded for one host."""
    connection = host.connection
    return Template(text).safe_substitute(
        address=host.address,
        port=connection.resolved_port,
        scheme=connection.scheme,
        auth=connection.auth,
        endpoint=connection.endpoint,
        Listener=connection.scheme.upper(),
        account=host.credential.username or "the user of this process",
    )
