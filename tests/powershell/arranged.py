"""What tests put on a host of the Windows engine, and take away again."""

from __future__ import annotations

import hashlib
import itertools
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aovpn_remediate.rendering.literals import literal

from .build import ENGINE
from .host import EngineHost

STORE = r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\AovpnStandIn"
"""The state of stand-ins."""
_PROGRAM = str(ENGINE / "services" / "service.exe").replace("/", "\\")


def store(key: str, name: str, data: str | Sequence[str] | int) -> str:
    """A script that gives a stand-in a value: a text, a list of texts or a number."""
    kind = {str: "String", int: "DWord"}.get(type(data), "MultiString")
    whole = data if isinstance(data, str | int) else list(data)
    path = literal(f"{STORE}\\{key}")
    made = f"if (-not (Test-Path -LiteralPath {path})) {{ $null = New-Item -Path {path} -Force }}"
    value = literal(whole)
    return (
        f"{made}\n$null = New-ItemProperty -LiteralPath {path} -Name {literal(name)} "
        f"-PropertyType {kind} -Value {value} -Force"
    )


def state(module: str, **changed: Any) -> str:
    """A script that gives a stand-in module a state: what is not as its state.json says."""
    return store(module, "State", json.dumps(changed))


_SHA1, _KEY, _DER = 3, 2, 32
"""Properties of a certificate as a store keeps them."""


def certificate(where: str, der: bytes, *, key: bool = False) -> str:
    """A script that puts a certificate into a store of the computer; with `key`, it has a key.

    The key is told and not there: nothing can be signed with it.
    """
    thumbprint = hashlib.sha1(der, usedforsecurity=False).digest()
    parts = [(_SHA1, thumbprint), (_DER, der)]
    if key:
        # CRYPT_KEY_PROV_INFO: offsets of two names, RSA, of the machine, no parameters, its use.
        names = ("AovpnTest\0", "Microsoft Enhanced Cryptographic Provider v1.0\0")
        container, provider = (name.encode("utf-16-le") for name in names)
        head = struct.pack("<7I", 28, 28 + len(container), 1, 0x20, 0, 0, 1)
        parts.insert(0, (_KEY, head + container + provider))
    blob = b"".join(struct.pack("<III", name, 1, len(data)) + data for name, data in parts)
    path = literal(
        r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\SystemCertificates"
        rf"\{where}\Certificates\{thumbprint.hex().upper()}"
    )
    return (
        f"$null = New-Item -Path {path} -Force\n$null = New-ItemProperty -LiteralPath {path} "
        f"-Name Blob -PropertyType Binary -Value ([Convert]::FromHexString('{blob.hex()}'))"
    )


def failing(name: str, *parameters: str, answer: str = "$null") -> str:
    """A command that fails as a function of a module does: its caller's preferences are not its.

    It says `denied`, and answers all the same where its caller has not asked it to stop.
    """
    fields = ", ".join(f"${one}" for one in parameters)
    return (
        f"function {name} {{\n[CmdletBinding(SupportsShouldProcess)] param({fields})\n"
        "if (-not $PSBoundParameters.ContainsKey('ErrorAction')) "
        "{ $ErrorActionPreference = 'Continue' }\n"
        f"Write-Error 'denied'\n{answer}\n}}\n"
    )


def forget(host: EngineHost) -> None:
    """Take away the state of all stand-ins."""
    host.run(
        f"if (Test-Path {literal(STORE)}) {{ Remove-Item -LiteralPath {literal(STORE)} -Recurse }}"
    )


_NUMBERS = itertools.count(1)


@dataclass
class Services:
    """Services that misbehave as their arguments say: see services/service.c."""

    host: EngineHost
    _made: list[str] = field(default_factory=list)

    def make(
        self, *arguments: str, startup: str = "Manual", on: Sequence[str] = (), shown: str = ""
    ) -> str:
        """Make a service that depends on others; its name, which no other has had.

        `shown` is its display name, if that is another one.
        """
        name = f"AovpnTest{next(_NUMBERS)}"
        line = " ".join([f'"Z:{_PROGRAM}"', *arguments])
        depends = f" -DependsOn {literal(list(on))}" if on else ""
        display = f" -DisplayName {literal(shown)}" if shown else ""
        self._made.append(name)
        self.host.run(
            f"$null = New-Service -Name {literal(name)} -BinaryPathName {literal(line)} "
            f"-StartupType {startup}{depends}{display}"
        )
        return name

    def start(self, name: str) -> None:
        """Start it; its own end is not awaited where it hangs."""
        self.host.run(f"Start-Service -Name {literal(name)}")

    def status(self, name: str) -> str:
        """Its status as Windows says it: Running, Stopped, StartPending..."""
        [said] = self.host.run(f"[string] (Get-Service -Name {literal(name)}).Status")
        return said

    def process(self, name: str) -> int:
        """The id of its process; 0 where it has none."""
        [said] = self.host.run(
            f"[string] (Get-CimInstance Win32_Service -Filter \"Name = '{name}'\").ProcessId"
        )
        return int(said)

    def forget(self) -> None:
        """Take them all away, dependents first."""
        for name in reversed(self._made):
            text = literal(name)
            self.host.run(
                f"$id = (Get-CimInstance Win32_Service -Filter \"Name = '{name}'\").ProcessId\n"
                "if ($id) { Stop-Process -Id $id -Force -ErrorAction SilentlyContinue }\n"
                f"Remove-Service -Name {text} -ErrorAction SilentlyContinue"
            )
        self._made.clear()
