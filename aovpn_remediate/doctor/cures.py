"""What to do about each thing that can be wrong.

In `$`: `address`, `port`, `scheme`, `who` logs on, `auth`, `endpoint`, `Listener` (HTTP or HTTPS).
What is to be typed is PowerShell, on the host where nothing else is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

from aovpn_remediate.doctor.observed import Reason
from aovpn_remediate.inventory.model import Host

_LISTENER = (
    "on the host: Enable-PSRemoting -Force; then `winrm enumerate winrm/config/listener` must list"
    " $Listener on port $port"
)
_MAKE_HTTPS = (
    "; for HTTPS it needs a certificate: New-Item WSMan:\\localhost\\Listener -Transport HTTPS"
    " -Address * -CertificateThumbPrint THUMBPRINT -Force"
)
_FILTER_POLICY = (
    "a local account other than the built-in Administrator is no administrator over the network"
    " until the host has LocalAccountTokenFilterPolicy: New-ItemProperty"
    " HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    " -Name LocalAccountTokenFilterPolicy -PropertyType DWord -Value 1"
)
_SPN = (
    "use the name that the host has in its domain as `address`, or give the host the name that is"
    " used: setspn -Q HOST/$address shows who has it, setspn -S HOST/$address COMPUTER sets it"
)
_TIME = (
    "w32tm /query /status and w32tm /resync on the host; if that finds nothing wrong, the clock of"
    " this machine is: check its NTP"
)

OF_REASON: Mapping[Reason, str] = {
    Reason.NAME_UNKNOWN: "Resolve-DnsName $address; correct DNS, or set `address` in the inventory",
    Reason.REFUSED: _LISTENER + _MAKE_HTTPS,
    Reason.SILENT: (
        "is it up? If so, a firewall is in between: New-NetFirewallRule -DisplayName 'WinRM $port'"
        " -Direction Inbound -Protocol TCP -LocalPort $port -Action Allow"
    ),
    Reason.NO_ROUTE: "check the network and the routes of this machine, and `address`",
    Reason.NOT_WINRM: "check `port` and `scheme`; " + _LISTENER,
    Reason.UNREACHABLE: "check `proxy`, `address` and `port` in the inventory; " + _LISTENER,
    Reason.TLS_DATES: (
        "renew the certificate and give it to the listener: Set-WSManInstance"
        " winrm/config/Listener -SelectorSet @{Address='*';Transport='HTTPS'}"
        " -ValueSet @{CertificateThumbprint='THUMBPRINT'}; or the clock of this machine is wrong"
    ),
    Reason.TLS_NAME: (
        "set `address` to a name in the certificate, or give the listener one for $address"
    ),
    Reason.TLS_ISSUER: (
        "name the PEM file of the authority in `ca_file`; a certificate that the host signed itself"
        " is better replaced by one of an authority"
    ),
    Reason.NO_TLS: "check `port` and `scheme`; " + _LISTENER + _MAKE_HTTPS,
    Reason.SETTING: "correct it in the inventory",
    Reason.SECRET: "correct `password` of the credential, or put the secret where it says",
    Reason.CREDENTIAL: (
        "check name (DOMAIN\\name, name@domain, or HOST\\name for a local account) and password;"
        " in a domain Search-ADAccount -LockedOut and -AccountExpired tell why; try again on one"
        " host with --limit, so that the account is not locked out"
    ),
    Reason.NOT_TRIED: "see to the hosts that refused it first",
    Reason.NOT_OFFERED: (
        "change `auth`, or allow it on the host: Get-ChildItem WSMan:\\localhost\\Service\\Auth"
    ),
    Reason.SPN: _SPN,
    Reason.SKEW: _TIME,
    Reason.KDC: "check DNS and krb5.conf of this machine: nslookup -type=SRV _kerberos._tcp.DOMAIN",
    Reason.TICKET: "kinit on this machine (klist shows tickets), or name a user and a password",
    Reason.UNENCRYPTED: (
        "use `scheme: https`, or take `encryption: never` out and use an `auth` other than basic"
    ),
    Reason.QUOTA: (
        "wait until shells end (Restart-Service WinRM ends all of them, of everybody), or raise"
        " the quota: Set-Item WSMan:\\localhost\\Shell\\MaxShellsPerUser 50"
    ),
    Reason.DENIED: (
        "make $who an administrator of the host; " + _FILTER_POLICY + "; the endpoint may also"
        " keep them out: (Get-PSSessionConfiguration $endpoint).Permission"
    ),
    Reason.ENDPOINT: (
        "Get-PSSessionConfiguration on the host lists those that there are: set `endpoint`, or make"
        " the usual ones with Enable-PSRemoting -Force"
    ),
    Reason.NO_POWERSHELL: "install PowerShell on this machine, or put it on PATH",
    Reason.SLOW: (
        "look at the load of the host, and whether it reaches its domain controller and the"
        " revocation lists of its certificates; `deadline` in the inventory gives it longer"
    ),
    Reason.SCRIPT: (
        "if it is an endpoint for few commands (JEA) or without a language, it runs no script: set"
        " `endpoint` to Microsoft.PowerShell"
    ),
    Reason.LOST: (
        "it may be restarting: try again; if it comes back, look at what is in between (proxy,"
        " load balancer), and at the host: Get-WinEvent Microsoft-Windows-WinRM/Operational"
    ),
    Reason.OTHER: "look at the host: Get-WinEvent Microsoft-Windows-WinRM/Operational",
}

RENEW_SOON = OF_REASON[Reason.TLS_DATES]
NOT_VERIFIED = "name the authority in `ca_file` and take `verify: false` out of the inventory"
SENT_IN_PLAIN = (
    "anybody in between can read and change what is sent: use `scheme: https`, or take"
    " `encryption: never` out and use an `auth` other than basic"
)
NTLM = (
    "Kerberos did not come about: "
    + _SPN
    + ". (TrustedHosts is for Windows' own client, which wants the host in it for NTLM; this"
    " program does not.)"
)
MANY_SHELLS = OF_REASON[Reason.QUOTA]
SLOW_OPENING = (
    "a large or roaming profile of $who, a virus scanner that reads each module, or revocation"
    " lists that the host does not reach: look at each; the inventory's `operation_timeout` gives"
    " time"
)
OLD_POWERSHELL = "install Windows Management Framework 5.1"
CONSTRAINED = (
    "registry values and user rights cannot be read so: have the WDAC or AppLocker policy of the"
    " host let administrators' scripts run in full language, or work from an endpoint that it does"
    " not govern"
)
NOT_ADMINISTRATOR = (
    "make $who a member of Administrators on the host, by the domain or there; " + _FILTER_POLICY
)
NOT_READING = "make $who an administrator of the host, who may read the registry"
CLOCK = _TIME
REBOOT = "reboot the host when its users allow it: until then changes may not be in effect"


def cure(text: str, host: Host) -> str:
    """The words for one host."""
    connection = host.connection
    return Template(text).safe_substitute(
        address=host.address,
        port=connection.resolved_port,
        scheme=connection.scheme,
        auth=connection.auth,
        endpoint=connection.endpoint,
        Listener=connection.scheme.upper(),
        who=host.credential.username or "the user of this process",
    )
