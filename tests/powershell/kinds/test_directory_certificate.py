"""Certificates in Active Directory: certutil, [ADSI] and [adsisearcher] stand in."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from aovpn_remediate.rendering.literals import literal
from aovpn_remediate.resources.directory_certificate import DirectoryCertificate
from tests.powershell.arranged import STORE, store
from tests.powershell.host import EngineHost, read_step
from tests.powershell.stand_ins.certificates import made

_KIND = "AovpnDirectoryCertificate"
_TYPE = r"HKLM:\SYSTEM\CurrentControlSet\Control\ProductOptions"
_CACHE = r"HKLM:\SOFTWARE\Microsoft\EnterpriseCertificates\NTAuth\Certificates"
_CA = "Contoso VPN root"
_DER, _SHA1 = made(_CA)
_OTHER, _OTHER_SHA1 = made("Another CA")
_TARGET = {"Certificate": base64.b64encode(_DER).decode("ascii"), "Thumbprint": _SHA1}
_PLACES = ("ntauth", "aia", "authorities")
_ALL, _NONE = dict.fromkeys(_PLACES, True), dict.fromkeys(_PLACES, False)
_KEYS = {
    "ntauth": "NTAuthCertificates",
    "aia": f"AIA\\{_CA}",
    "authorities": f"Certification Authorities\\{_CA}",
}
_LEFT = "@([IO.Directory]::GetFiles([IO.Path]::GetTempPath(), 'aovpn-*.cer')).Count"


@pytest.fixture(autouse=True)
def _domain_controller(stand_ins: EngineHost) -> Iterator[None]:
    containers = "\n".join(
        f"$null = New-Item -Path '{STORE}\\Directory\\{name}' -Force"
        for name in ("AIA", "Certification Authorities")
    )
    stand_ins.run(f"Set-ItemProperty {_TYPE} -Name ProductType -Value LanmanNT\n{containers}")
    yield
    stand_ins.run(f"Set-ItemProperty {_TYPE} -Name ProductType -Value ServerNT")
    assert stand_ins.run(f"[string] {_LEFT}") == ["0"], "a file stays"


def put(host: EngineHost, place: str, der: bytes, name: str) -> None:
    path = literal(f"{STORE}\\Directory\\{place}")
    host.run(
        f"$null = New-Item -Path {path} -Force\n$null = New-ItemProperty -LiteralPath {path} "
        f"-Name {name} -PropertyType Binary -Value ([Convert]::FromHexString('{der.hex()}'))"
    )


def values(host: EngineHost, place: str) -> list[str] | None:
    """The thumbprints at a place; None where there is no such entry."""
    path = literal(f"{STORE}\\Directory\\{place}")
    return host.record(  # type: ignore[no-any-return]
        f"if (Test-Path {path}) {{ ConvertTo-Json -Compress @((Get-Item {path}).Property) }} "
        "else { 'null' }"
    )


def read(host: EngineHost, *, arrange: str = "") -> Any:
    found = host.read(_KIND, _TARGET, arrange=arrange)
    return {name: found[name] for name in _PLACES}


def reason(host: EngineHost, arrange: str = "") -> str:
    record = host.record(f"{arrange}\n{read_step(_KIND, _TARGET)}")
    assert not record["ok"], record
    return str(record["error"]["message"])


def test_it_is_read_by_its_bytes(windows: EngineHost) -> None:
    assert windows.read(_KIND, _TARGET) == {**_NONE, "cached": False, "writable": True}
    # The name says nothing: another certificate may have it, and this one another.
    put(windows, "NTAuthCertificates", _OTHER, _SHA1)
    put(windows, f"AIA\\{_CA}", _OTHER, _OTHER_SHA1)
    put(windows, "AIA\\Another name", _DER, "first")
    assert read(windows) == {**_NONE, "aia": True}


@pytest.mark.parametrize("place", _PLACES)
def test_each_place_is_told_by_itself(windows: EngineHost, place: str) -> None:
    put(windows, _KEYS[place], _OTHER, _OTHER_SHA1)
    put(windows, _KEYS[place], _DER, _SHA1)
    assert read(windows) == {**_NONE, place: True}


def test_the_cache_of_the_host_is_told(windows: EngineHost) -> None:
    windows.run(f"$null = New-Item '{_CACHE}\\{_SHA1}' -Force")
    try:
        assert windows.read(_KIND, _TARGET)["cached"]
    finally:
        windows.run(f"Remove-Item '{_CACHE}\\{_SHA1}'")


def test_it_is_published_and_taken_away(windows: EngineHost) -> None:
    done = windows.set(_KIND, _TARGET, _ALL)
    assert done["ok"], done
    assert read(windows) == _ALL
    assert [values(windows, key) for key in _KEYS.values()] == [[_SHA1]] * 3
    done = windows.set(_KIND, _TARGET, _NONE)
    assert done["ok"], done
    assert read(windows) == _NONE
    assert [values(windows, key) for key in _KEYS.values()] == [None] * 3


def test_other_certificates_stay(windows: EngineHost) -> None:
    for key in _KEYS.values():
        put(windows, key, _OTHER, _OTHER_SHA1)
    assert windows.set(_KIND, _TARGET, _ALL)["ok"]
    assert windows.set(_KIND, _TARGET, _NONE)["ok"]
    assert [values(windows, key) for key in _KEYS.values()] == [[_OTHER_SHA1]] * 3
    writes = windows.run(
        f"(Get-Item '{STORE}\\Directory').GetValue('Writes') | ForEach-Object {{ $_ }}"
    )
    assert [line.partition(",")[0] for line in writes] == [
        "delete value of CN=NTAuthCertificates",
        *[f"delete value of CN={_CA}"] * 2,
    ]


@pytest.mark.parametrize("there", _PLACES)
def test_what_was_there_before_is_there_afterwards(windows: EngineHost, there: str) -> None:
    put(windows, _KEYS[there], _DER, _SHA1)
    before = read(windows)
    assert windows.set(_KIND, _TARGET, _ALL)["ok"]
    assert read(windows) == _ALL
    assert windows.set(_KIND, _TARGET, before)["ok"]
    assert read(windows) == before


def test_only_what_is_missing_is_published(windows: EngineHost) -> None:
    put(windows, _KEYS["aia"], _DER, _SHA1)
    put(windows, _KEYS["authorities"], _DER, _SHA1)
    noted = "function Publish-AovpnDirectoryCertificate { param($Directory, $Certificate, $As) "
    noted += "$global:Noted += \"$As $($Directory['server'])\" }\n$global:Noted = @()\n"
    call = f"Set-{_KIND} -Certificate {literal(_TARGET['Certificate'])} -Thumbprint {_SHA1} "
    call += f"-Desired {literal(_ALL)}\n$Noted"
    assert windows.run(noted + call) == ["NTAuthCA dc-01.corp.example.net"]


def test_a_refusal_of_certutil_is_told(windows: EngineHost) -> None:
    windows.run(store("certutil", "DirectoryError", -2147024891))
    done = windows.set(_KIND, _TARGET, _ALL)
    assert not done["ok"]
    said = done["error"]["message"]
    assert said.startswith(
        "certutil -dspublish RootCA ended with 0x80070005 (it needs Enterprise Admins): CertUtil:"
    )
    assert "\n" not in said
    assert read(windows) == _NONE


def test_a_host_that_is_no_domain_controller_says_so(windows: EngineHost) -> None:
    windows.run(f"Set-ItemProperty {_TYPE} -Name ProductType -Value ServerNT")
    said = "This host is not a domain controller: certificates are published from one."
    assert reason(windows) == said


def test_a_read_only_domain_controller_is_told(windows: EngineHost) -> None:
    capabilities = ["1.2.840.113556.1.4.800", "1.2.840.113556.1.4.1920"]
    windows.run(store("Directory", "Capabilities", capabilities))
    found = windows.read(_KIND, _TARGET)
    assert not found["writable"]
    resource = DirectoryCertificate(certificate=_TARGET["Certificate"], thumbprint=_SHA1)
    assert "is read-only" in (resource.manual(found, None) or "")


def test_a_directory_that_does_not_answer_is_told(windows: EngineHost) -> None:
    windows.run(store("Directory", "Error", -2147016646))
    assert "The server is not operational." in reason(windows)


def test_a_directory_without_a_configuration_is_told(windows: EngineHost) -> None:
    windows.run(store("Directory", "Context", ""))
    assert reason(windows) == "The directory does not tell its configuration partition."


@pytest.mark.parametrize("context", ["CN=Configuration,DC=a/b", "CN=Configuration,DC=it's $(1)"])
def test_a_name_of_any_letters_is_found(windows: EngineHost, context: str) -> None:
    windows.run(store("Directory", "Context", context))
    put(windows, _KEYS["aia"], _DER, _SHA1)
    assert read(windows) == {**_NONE, "aia": True}
    assert windows.set(_KIND, _TARGET, _NONE)["ok"]
    assert read(windows) == _NONE
