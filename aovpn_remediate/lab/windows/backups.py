"""Invoke-AovpnBackup: the configuration of RRAS as files, made from the state of the host."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Literal

from aovpn_remediate.lab.backend import Output
from aovpn_remediate.lab.windows.host import Host
from aovpn_remediate.lab.windows.kinds.base import Answer, Parameters
from aovpn_remediate.lab.windows.layout import MINIPORTS
from aovpn_remediate.lab.windows.registry import Value, fold
from aovpn_remediate.lab.windows.runspace import Pipeline
from aovpn_remediate.lab.windows.text import json_text, time_text
from aovpn_remediate.lab.windows.thrown import Thrown

_SERVICE = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\RemoteAccess"
_DEVICES = ("agilevpn", "sstp", "l2tp", "pptp", "pppoe", "gre")
_ANSWERS: Mapping[str, Answer] = {
    "Get-VpnAuthProtocol": [{"UserAuthProtocolAccepted": ["EAP", "MsChapv2"]}],
    "Get-RemoteAccess": [{"VpnStatus": "Installed", "AuthenticationType": "Windows"}],
    "Get-RemoteAccessRadius": [],
    "Get-RemoteAccessAccounting": [{"RadiusAccountingStatus": "Disabled"}],
}
_SERVER_2025 = 26100
_PIECE = 49152

_Read = Callable[[], bytes]


class BackupCall(Parameters):
    """The parameters of Invoke-AovpnBackup."""

    Of: Literal["rras"]


def invoke_backup(pipeline: Pipeline, call: BackupCall) -> Output:
    """Return the records of each file, then what is missing."""
    host, engine = pipeline.host, pipeline.host.seed.engine
    end: dict[str, Answer] = {"backup": call.Of, "ok": True, "time": time_text(host.now)}
    end["missing"] = []
    records: list[Answer] = []
    try:
        _refuse(host)
        for part, read in _parts(host).items():
            _add(part, read, records, end["missing"])
    except Thrown as thrown:
        end |= {"ok": False, "error": pipeline.error(thrown)}
    if host.quirks.breaks_backup:
        del records[-1:]
    return Output("\n".join(json_text(engine, record) for record in (*records, end)))


def _refuse(host: Host) -> None:
    """Raise `Thrown` where no backup can be taken."""
    if host.quirks.language_mode != "FullLanguage":
        message = f"In {host.quirks.language_mode} no backup can be taken."
        raise Thrown(message, "LanguageMode")
    if host.quirks.refuses_backup:
        raise Thrown(host.quirks.refuses_backup, "UnauthorizedAccessException")


def _add(part: str, read: _Read, records: list[Answer], missing: list[Answer]) -> None:
    try:
        records += _records(part, read())
    except Thrown as thrown:
        missing.append({"part": part, "reason": thrown.message})


def _records(part: str, content: bytes) -> Iterator[Answer]:
    pieces = [content[at : at + _PIECE] for at in range(0, len(content), _PIECE)]
    digest = hashlib.sha256(content).hexdigest()
    yield {"part": part, "size": len(content), "sha256": digest, "pieces": len(pieces)}
    for number, piece in enumerate(pieces):
        yield {"part": part, "piece": number, "data": base64.b64encode(piece).decode()}


def _parts(host: Host) -> Mapping[str, _Read]:
    parts: dict[str, _Read] = {
        "netsh-ras-dump.txt": partial(_dump, host),
        "RemoteAccess.reg": partial(_export, host, _SERVICE),
    }
    miniports: dict[str, _Read] = {
        name: partial(_export, host, key) for name, key in _miniports(host)
    }
    parts |= miniports or {"miniport.reg": _no_miniport}
    parts["Get-VpnServerConfiguration.json"] = lambda: _as_json([_ports(host)])
    for name, answer in _ANSWERS.items():
        parts[f"{name}.json"] = partial(_said, host, answer)
    return parts


def _miniports(host: Host) -> Iterator[tuple[str, str]]:
    """Yield the file and the key of each WAN miniport."""
    found = host.registry.find(MINIPORTS)
    for number, key in found.keys.values() if found else ():
        device = key.values.get(fold("MatchingDeviceId"), ("", Value("String", "")))[1].data
        name = str(device).lower().removeprefix("ms_").removesuffix("miniport")
        if name in _DEVICES:
            yield f"miniport-{name}-{number}.reg", f"{MINIPORTS}\\{number}"


def _no_miniport() -> bytes:
    raise Thrown("No WAN miniport was found.")


def _ports(host: Host) -> Answer:
    """Return the port counts. Raises `Thrown` where the cmdlet would."""
    record = host.answers["vpn_server_ports"][0]
    if record.throws:
        raise Thrown(record.throws)
    names = ("ikev2", "sstp", "l2tp", "gre")
    return {f"{name.capitalize()}Ports": record.answer[name] for name in names}


def _said(host: Host, answer: Answer) -> bytes:
    _ports(host)
    return _as_json(answer)


def _as_json(answer: Answer) -> bytes:
    return f"{json.dumps(answer)}\n".encode("ascii")


def _dump(host: Host) -> bytes:
    _ports(host)
    if host.seed.os.build == _SERVER_2025:
        words = "The binding handle is invalid."
        raise Thrown(f"netsh ras does not work on this host (error 1702): {words}")
    lines = ["# Remote Access configuration", "pushd ras", "popd", ""]
    return "\r\n".join(lines).encode("ascii")


def _export(host: Host, key: str) -> bytes:
    """Return a key and those below it in the form of reg.exe. Raises `Thrown`."""
    if host.registry.find(key) is None:
        raise Thrown(f"There is no key {key}.")
    lines = ["Windows Registry Editor Version 5.00", ""]
    for path, found in host.registry.walk():
        if f"{fold(path)}\\".startswith(f"{fold(key)}\\"):
            lines += [f"[{path}]"]
            lines += [f'"{name}"={_data(value)}' for name, value in found.values.values()]
            lines += [""]
    return "\r\n".join(lines).encode("utf-16")


def _data(value: Value) -> str:
    if value.type == "DWord" and isinstance(value.data, int):
        return f"dword:{value.data:08x}"
    return json.dumps(value.data)
