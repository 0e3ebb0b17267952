"""Events as `wevtutil qe /f:xml` and `Export-Clixml` write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

_SPACE = "http://schemas.microsoft.com/win/2004/08/events/event"


def event(
    provider: str,
    number: int,
    *data: str,
    at: str = "2026-11-27T10:00:00.1234567Z",
    host: str = "PC-7.corp.example",
    binary: str = "",
    **named: str,
) -> str:
    """One event as wevtutil prints it: on one line, with single quotes, without a declaration."""
    fields = "".join(f"<Data>{escape(value)}</Data>" for value in data)
    fields += "".join(
        f"<Data Name='{name}'>{escape(value)}</Data>" for name, value in named.items()
    )
    fields += f"<Binary>{binary}</Binary>" if binary else ""
    return (
        f"<Event xmlns='{_SPACE}'><System><Provider Name='{provider}'/>"
        f"<EventID Qualifiers='0'>{number}</EventID><Level>2</Level>"
        f"<TimeCreated SystemTime='{at}'/><Channel>Application</Channel>"
        f"<Computer>{host}</Computer><Security/></System>"
        f"<EventData>{fields}</EventData></Event>\n"
    )


def failed_at_client(code: str, user: str = r"CORP\a.b", **about: str) -> str:
    """Event 20227 of RasClient."""
    return event("RasClient", 20227, f"{{{user}}}", user, "Contoso VPN", code, **about)


def refused_by_nps(reason: str, user: str = r"CORP\a.b", number: int = 6273, **about: str) -> str:
    """Event 6273 or 6274 of NPS."""
    about.setdefault("host", "NPS-01.corp.example")
    return event(
        "Microsoft-Windows-Security-Auditing",
        number,
        SubjectUserSid="S-1-5-21-1-2-3-1105",
        SubjectUserName=user,
        SubjectMachineName="-",
        EAPType="Microsoft: Smartcard oder anderes Zertifikat",
        ReasonCode=reason,
        Reason="Die Sperrfunktion konnte die Sperrung nicht überprüfen.",
        LoggingResult="-",
        **about,
    )


def clixml(provider: str, number: int, data: Sequence[str], props: Mapping[str, str] = {}) -> str:
    """One record as Export-Clixml writes it."""
    values = "".join(
        f'<Obj RefId="{n}"><ToString>x</ToString>'
        f'<Props><S N="Value">{escape(value)}</S></Props></Obj>'
        for n, value in enumerate(data, 2)
    )
    more = "".join(f'<S N="{name}">{escape(value)}</S>' for name, value in props.items())
    return (
        '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'
        '<Obj RefId="0"><TN RefId="0"><T>System.Diagnostics.Eventing.Reader.EventLogRecord</T></TN>'
        f'<Props><I32 N="Id">{number}</I32><S N="ProviderName">{provider}</S>'
        '<DT N="TimeCreated">2026-11-27T11:00:00.5+01:00</DT>'
        '<S N="MachineName">PC-7.corp.example</S>'
        f'<Obj N="Properties" RefId="1"><LST>{values}</LST></Obj></Props>'
        f"<MS>{more}</MS></Obj></Objs>"
    )
