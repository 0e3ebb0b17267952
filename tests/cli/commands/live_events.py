"""Hosts of the lab with events, and what `diagnose -i` tells of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from aovpn_remediate.lab.windows import HostSeed
from aovpn_remediate.lab.windows.model import EventSeed
from aovpn_remediate.results.symptoms import SymptomReport
from tests.cli.conftest import Fleet, cli

MakeFleet = Callable[..., Fleet]
LIVE = ("diagnose", "-i", "fleet.yaml")
_SECURITY = "Microsoft-Windows-Security-Auditing"
_KDC = "Microsoft-Windows-Kerberos-Key-Distribution-Center"
CONNECTORS = "Microsoft-Intune-CertificateConnectors"
_MFA = "NPS Extension for Azure MFA: CID: 1 for User {} :: ErrorCode:: CID :1 ESTS_TOKEN_ERROR Msg:"


def failed(code: str, user: str = r"CORP\a.b", **more: Any) -> EventSeed:
    """Event 20227 of a client."""
    data = (f"{{6E1F-{user}}}", user, "Contoso VPN", code)
    return EventSeed(log="Application", provider="RasClient", id=20227, data=data, **more)


def refused(reason: str, user: str = r"CORP\a.b", number: int = 6273, **more: Any) -> EventSeed:
    """Event 6273 or 6274 of NPS, with texts in German."""
    named = {
        "SubjectUserSid": "S-1-5-21-1-2-3-1105",
        "SubjectUserName": user,
        "SubjectMachineName": "-",
        "EAPType": "Microsoft: Smartcard- oder anderes Zertifikat",
        "ReasonCode": reason,
        "Reason": "Die Überprüfung ist fehlgeschlagen. Error 809, Fehler 812.",
    }
    return EventSeed(log="Security", provider=_SECURITY, id=number, named=named, **more)


def mapped(number: int, user: str = "a.b", **more: Any) -> EventSeed:
    """An event of the Kerberos service of a domain controller."""
    named = {"AccountName": user, "Subject": "CN=x", "Issuer": "CA"}
    later = {"seconds_ago": 55.0, **more}
    return EventSeed(log="System", provider=_KDC, id=number, named=named, **later)


def system(number: int, *data: str, provider: str = "RemoteAccess", **more: Any) -> EventSeed:
    return EventSeed(log="System", provider=provider, id=number, data=data, **more)


def token_error(user: str = "a.b") -> EventSeed:
    return EventSeed(log="AuthZAdminCh", provider="any", id=3, data=("1", _MFA.format(user)))


def having(seed: HostSeed, *events: EventSeed, **more: Any) -> HostSeed:
    return seed.model_copy(update={"events": events, **more})


def told(*words: str, code: int = 3) -> SymptomReport:
    """The report of the fleet as JSON."""
    done = cli(*LIVE, "--format", "json", *words)
    assert done.exit_code == code, done.output
    assert done.stderr == ""
    return SymptomReport.model_validate(json.loads(done.stdout))


def causes(report: SymptomReport) -> dict[str, list[str]]:
    """The causes of each trouble by who it concerns; those that are only possible left out."""
    return {
        trouble.subject.partition(",")[0]: [
            cause.id
            for cause in report.findings
            if cause.subject == trouble.subject and cause.certainty != "possible"
        ]
        for trouble in report.troubles
    }
