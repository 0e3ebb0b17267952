"""Certificates in real stores; what Wine has no key for stands in with .NET's own types."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from aovpn_remediate.rendering.literals import literal
from aovpn_remediate.resources.certificate import Certificate
from tests.powershell.arranged import certificate
from tests.powershell.host import EngineHost, read_step
from tests.powershell.stand_ins.certificates import made

_STORE = r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\SystemCertificates\My"
_NAME = "AovpnTestKey"
_SERVICE = "S-1-5-20"


@pytest.fixture(autouse=True)
def _empty_store(windows: EngineHost) -> Iterator[None]:
    """Give the computer an empty store before each test, and leave it so."""
    empty = (
        f"Remove-Item '{_STORE}' -Recurse -ErrorAction Ignore\n"
        f"$null = New-Item '{_STORE}\\Certificates' -Force"
    )
    windows.run(empty)
    yield
    windows.run(empty)


def put(host: EngineHost, der: bytes, *, key: bool = False) -> None:
    host.run(certificate("My", der, key=key))


def read(host: EngineHost, *, arrange: str = "", **declared: Any) -> Any:
    resource = Certificate.model_validate(declared)
    return host.read(resource.function, resource.target(), arrange=arrange)


def test_all_of_a_store_are_told(windows: EngineHost) -> None:
    with_key, _ = made("vpn.example.net")
    without, _ = made("other.example.net", days=0)
    put(windows, with_key, key=True)
    put(windows, without)
    said = read(windows, subject={"CN": "vpn.example.net"})
    assert said["account"] is None
    found = {base64.b64decode(one.pop("raw")): one for one in said["certificates"]}
    assert found == {
        with_key: {"begun": True, "days": 299, "key": True, "access": None},
        without: {"begun": True, "days": -1, "key": False, "access": None},
    }
    state = Certificate(subject={"CN": "VPN.example.net"}, key=True).normalise(
        {
            "account": None,
            "certificates": [
                {"raw": base64.b64encode(with_key).decode(), **one} for one in [found[with_key]]
            ],
        }
    )
    assert state is not None
    assert (state["valid"], state["key"]) == ("valid", True)


def test_one_is_chosen_with_those_of_its_subject(windows: EngineHost) -> None:
    one, thumbprint = made("vpn.example.net")
    sibling, _ = made("vpn.example.net", days=0)
    other, _ = made("vpn.example.org")
    for der in (one, sibling, other):
        put(windows, der)
    said = read(windows, thumbprint=thumbprint.lower())["certificates"]
    assert {base64.b64decode(each["raw"]) for each in said} == {one, sibling}
    assert read(windows, thumbprint="00" * 20)["certificates"] == []


def test_a_store_that_is_not_there_is_not_made(windows: EngineHost) -> None:
    target = Certificate(store="AovpnNoSuch", subject={"CN": "a"}).target()
    record = windows.record(read_step("AovpnCertificate", target))
    said = record["error"]["message"]
    assert said.startswith("The store AovpnNoSuch of the computer cannot be opened: ")
    key = _STORE.replace("\\My", "\\AovpnNoSuch")
    assert windows.run(f"[string] (Test-Path '{key}')") == ["False"]


def test_too_many_are_not_sent(windows: EngineHost) -> None:
    many = "function Get-AovpnStoreCertificates { param([string] $Store) 1..301 }"
    target = Certificate(store="Root", subject={"CN": "a"}).target()
    record = windows.record(f"{many}\n{read_step('AovpnCertificate', target)}")
    assert record["error"]["message"] == (
        "The store Root has 301 certificates, which are too many to look at: choose one by its "
        "thumbprint."
    )


def _key(*, csp: bool = False, name: str = _NAME) -> str:
    """A script whose certificates have a private key of CNG, or of an older provider."""
    parts = ("CspKeyContainerInfo", "UniqueKeyContainerName") if csp else ("Key", "UniqueName")
    held = f"[pscustomobject] @{{ {parts[1]} = {literal(name)} }}"
    return (
        "function Get-AovpnPrivateKey { param($Certificate) "
        f"[pscustomobject] @{{ {parts[0]} = {held} }} }}\n"
    )


def _list(sddl: str) -> str:
    """A script after which files have an access list."""
    return (
        "function Get-Acl { param([string] $LiteralPath)\n"
        "$list = New-Object System.Security.AccessControl.FileSecurity\n"
        f"$list.SetSecurityDescriptorSddlForm({literal(sddl)})\n$list }}\n"
    )


@pytest.fixture(params=["Keys", r"RSA\MachineKeys", "SystemKeys", r"RSA\S-1-5-18"])
def key_file(windows: EngineHost, request: pytest.FixtureRequest) -> Iterator[str]:
    """A file as one that holds a key."""
    data = "$([Environment]::GetFolderPath('CommonApplicationData'))"
    folder = rf"{data}\Microsoft\Crypto\{request.param}"
    windows.run(
        f'$null = [IO.Directory]::CreateDirectory("{folder}")\n'
        f'[IO.File]::WriteAllText("{folder}\\{_NAME}", "x")'
    )
    yield request.param
    windows.run(f'Remove-Item "{folder}\\{_NAME}"')


def access(host: EngineHost, arrange: str) -> Any:
    """What is told of the key of the one certificate."""
    said = read(host, arrange=arrange, subject={"CN": "a"}, readable_by=_SERVICE)
    assert said["account"] == _SERVICE
    [one] = said["certificates"]
    return one["access"]


@pytest.mark.parametrize("csp", [True, False])
def test_who_may_read_the_file_of_a_key(windows: EngineHost, key_file: str, csp: bool) -> None:
    del key_file
    put(windows, made("a")[0], key=True)
    sddl = "D:PAI(D;;FR;;;BG)(A;;FA;;;SY)(A;;0x80000000;;;NS)"
    assert access(windows, _key(csp=csp) + _list(sddl)) == {
        "rules": [
            {"sid": "S-1-5-32-546", "allow": False, "rights": 0x120089},
            {"sid": "S-1-5-18", "allow": True, "rights": 0x1F01FF},
            {"sid": _SERVICE, "allow": True, "rights": -0x80000000},
        ]
    }


@pytest.mark.parametrize("name", ["AovpnOther", "", "..\\x", "\\\\?\\C:\\x.PCPKEY"])
def test_a_key_that_is_in_no_file(windows: EngineHost, name: str) -> None:
    put(windows, made("a")[0], key=True)
    said = access(windows, _key(name=name))
    assert said == {
        "reason": "The private key is in no file that may be seen: it may be in a TPM or another "
        "device, or only an administrator may look."
    }


@pytest.mark.parametrize(
    ("made_key", "reason"),
    [
        ("", "The private key is neither RSA nor of an elliptic curve."),
        ("[pscustomobject] @{ A = 1 }", "Windows does not tell where the private key is kept."),
        ("throw 'Access\n is denied.'", "Access is denied."),
    ],
)
def test_a_key_of_which_nothing_is_told(windows: EngineHost, made_key: str, reason: str) -> None:
    put(windows, made("a")[0], key=True)
    function = f"function Get-AovpnPrivateKey {{ param($Certificate) {made_key} }}\n"
    assert access(windows, function) == {"reason": reason}


def test_a_key_that_cannot_be_opened_is_a_reason_as_well(windows: EngineHost) -> None:
    put(windows, made("a")[0], key=True)
    assert list(access(windows, "")) == ["reason"]


def test_without_a_key_nobody_is_asked_about_it(windows: EngineHost) -> None:
    put(windows, made("a")[0])
    assert access(windows, "") is None


@pytest.mark.parametrize(
    "name", ["AovpnNobody", "a'b\u2018c\u2019`$(throw)\"\U0001f600", "x" * 200]
)
def test_an_account_that_is_not_known_is_none(windows: EngineHost, name: str) -> None:
    said = read(windows, subject={"CN": "a"}, readable_by=name)
    assert said == {"account": None, "certificates": []}


_KEYS = {
    "RSA": (
        "$key = [System.Security.Cryptography.RSA]::Create(2048)",
        "'SHA256', [System.Security.Cryptography.RSASignaturePadding]::Pkcs1",
    ),
    "ECDsa": ("$key = [System.Security.Cryptography.ECDsa]::Create()", "'SHA256'"),
}


@pytest.mark.parametrize("algorithm", _KEYS)
def test_a_private_key_is_opened_of_either_kind(linux: EngineHost, algorithm: str) -> None:
    create, signed = _KEYS[algorithm]
    script = f"""
{create}
$made = 'System.Security.Cryptography.X509Certificates.CertificateRequest' -as [type]
$request = $made::new('CN=x', $key, {signed})
$now = [DateTimeOffset]::UtcNow
$made = $request.CreateSelfSigned($now, $now.AddDays(1))
[string] ((Get-AovpnPrivateKey -Certificate $made) -is [System.Security.Cryptography.{algorithm}])
"""
    assert linux.run(script) == ["True"]
