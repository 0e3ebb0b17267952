"""Native programs: netsh, certutil, auditpol, sc and reg, by their bare names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.arranged import STORE, Services, store
from tests.powershell.host import EngineHost

from .certificates import made

_CLASS = (
    r"Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Class"
    r"\{4D36E972-E325-11CE-BFC1-08002BE10318}"
)
_NT = r"HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
_NPS = "{0CCE9243-69AE-11D9-BED3-505054503030}"
_CERTIFICATE = r"C:\certificate.cer"


@pytest.fixture(autouse=True)
def _new_server(stand_ins: EngineHost) -> Iterator[None]:
    stand_ins.run(miniport(1, "SSTP", 128, 1, 1) + "\n" + miniport(2, "PPPOE", 1, 0, 1))
    yield
    stand_ins.run(f"Remove-Item '{_CLASS}\\9*' -Recurse")


def miniport(number: int, name: str, ports: int, ras: int, routing: int) -> str:
    path = f"{_CLASS}\\9{number:03}"
    values = {"WanEndpoints": ports, "EnableForRas": ras, "EnableForRouting": routing}
    lines = [
        f"$null = New-Item -Path '{path}' -Force",
        f"$null = New-ItemProperty '{path}' -Name DriverDesc -Value 'WAN Miniport ({name})'",
    ]
    lines += [f"$null = New-ItemProperty '{path}' -Name {n} -Value {v}" for n, v in values.items()]
    return "\n".join(lines)


def called(host: EngineHost, line: str) -> tuple[int, list[str]]:
    """The exit code of a program and the lines of what it says."""
    *said, code = host.run(f"{line}\n[string] $LASTEXITCODE")
    return int(code), [one for one in said if one]


def value(host: EngineHost, key: str, name: str) -> Any:
    path = key if key.startswith("HKLM") else f"{STORE}\\{key}"
    script = f"Get-ItemPropertyValue {literal(path)} -Name {literal(name)}"
    return host.record(f"ConvertTo-Json -Compress ({script})")


def windows_says(host: EngineHost, code: int) -> str:
    """The text of an error in the words of the host."""
    [text] = host.run(f"[ComponentModel.Win32Exception]::new({code}).Message")
    return text


_DUMP = [
    "# Remote Access configuration",
    "pushd ras",
    (
        'set wanports device = "WAN Miniport (SSTP)" rasinonly = enabled ddinout = enabled '
        "ddoutonly = disabled maxports = 128"
    ),
    (
        'set wanports device = "WAN Miniport (PPPOE)" rasinonly = disabled ddinout = enabled '
        "ddoutonly = disabled maxports = 1"
    ),
    "set ikev2connection idletimeout = 5 nwoutagetime = 30",
    "popd",
    "# End of Remote Access configuration.",
]


def test_ports_of_ras_are_those_of_the_miniports(windows: EngineHost) -> None:
    assert called(windows, "netsh ras dump") == (0, _DUMP)
    line = (
        'netsh.exe ras set wanports device = "WAN Miniport (SSTP)" rasinonly = enabled '
        "ddinout = disabled maxports = 64"
    )
    assert called(windows, line) == (0, [])
    seen = f"$it = Get-ItemProperty '{_CLASS}\\9001'\nConvertTo-Json -Compress @("
    seen += "$it.EnableForRas, $it.EnableForRouting, $it.WanEndpoints)"
    assert windows.record(seen) == [1, 0, 64]
    assert called(windows, "netsh ras show wanports") == (
        0,
        [
            (
                "WAN Miniport (SSTP): rasinonly enabled, ddinout disabled, ddoutonly disabled, "
                "ports 64"
            ),
            (
                "WAN Miniport (PPPOE): rasinonly disabled, ddinout enabled, ddoutonly disabled, "
                "ports 1"
            ),
        ],
    )


def test_a_dump_is_brought_back(windows: EngineHost) -> None:
    windows.run(
        "netsh ras dump | Set-Content C:\\ras.txt -Encoding ascii\n"
        "netsh ras set wanports device=* ddinout=disabled maxports=2\n"
        "netsh ras set ikev2connection idletimeout=9 nwoutagetime=2"
    )
    said = called(windows, "netsh ras show ikev2connection")
    assert said == (0, ["idletimeout 9, nwoutagetime 2"])
    assert called(windows, "netsh exec C:\\ras.txt") == (0, [])
    assert called(windows, "netsh ras dump") == (0, _DUMP)
    windows.run("Remove-Item C:\\ras.txt")


@pytest.mark.parametrize(
    "line", ["show wanports", "dump", "set ikev2connection idletimeout=5", "exec C:\\none.txt"]
)
def test_ras_fails_on_server_2025_in_the_words_of_windows(windows: EngineHost, line: str) -> None:
    build = f"Set-ItemProperty '{_NT}' -Name CurrentBuildNumber -Value"
    context = "" if line.startswith("exec") else "ras "
    code = 2 if line.startswith("exec") else 1702
    windows.run(f"{build} 26100")
    try:
        assert called(windows, f"netsh {context}{line}") == (1, [windows_says(windows, code)])
        # A server that has been cured of it.
        windows.run(store("netsh", "RasError", 0))
        assert called(windows, "netsh ras show wanports")[0] == 0
    finally:
        windows.run(f"{build} 20348")


def test_an_unknown_device_or_command_is_refused(windows: EngineHost) -> None:
    line = 'netsh ras set wanports device="WAN Miniport (None)" maxports=1'
    assert called(windows, line) == (1, [windows_says(windows, 87)])
    said = ["The following command was not found: ras show none."]
    assert called(windows, "netsh ras show none") == (1, said)


def test_policies_of_nps_show_their_attributes_by_id(windows: EngineHost) -> None:
    oid = "Allowed-Certificate-OID|0x1041|1.3.6.1.4.1.311.87"
    windows.run(
        store(r"NPS\Policies\VPN users", "Profile", [oid])
        + "\n"
        + store(r"NPS\Policies\VPN users", "Conditions", ["Condition0|0x1006|0 00:00-24:00"])
        + "\n"
        + store(r"NPS\Policies\VPN users", "Order", 3)
    )
    code, lines = called(windows, "netsh nps show np")
    assert code == 0
    assert [" ".join(line.split()) for line in lines] == [
        "Network Policy configuration:",
        "Name = VPN users",
        "State = Enabled",
        "Processing order = 3",
        "Policy source = 0",
        "Condition attributes:",
        "Name Id Value",
        'Condition0 0x1006 "0 00:00-24:00"',
        "Profile attributes:",
        "Name Id Value",
        'Allowed-Certificate-OID 0x1041 "1.3.6.1.4.1.311.87"',
        "Ok.",
    ]


def test_nps_is_guarded_and_registered(windows: EngineHost) -> None:
    for name in ("limitproxystate", "requiremsgauth"):
        assert called(windows, f'netsh nps set {name} all = "enable"') == (0, ["Ok."])
        assert value(windows, "NPS", name) == 1
        assert called(windows, f'netsh nps set {name} all = "disable"') == (0, ["Ok."])
        assert value(windows, "NPS", name) == 0
    line = "netsh nps add registeredserver corp.example.net nps1"
    assert called(windows, line) == (0, ["Ok."])
    assert value(windows, r"NPS\Registered", "nps1") == 1


def test_a_binding_of_http_is_deleted_once(windows: EngineHost) -> None:
    key = r"HKLM:\SYSTEM\CurrentControlSet\Services\HTTP\Parameters\SslBindingInfo"
    windows.run(f"$null = New-Item -Path '{key}\\0.0.0.0:443' -Force")
    line = "netsh http delete sslcert ipport=0.0.0.0:443"
    assert called(windows, line) == (0, ["SSL Certificate successfully deleted"])
    assert windows.run(f"Test-Path '{key}\\0.0.0.0:443'") == ["false"]
    said = ["SSL Certificate deletion failed, Error: 2", windows_says(windows, 2)]
    assert called(windows, line) == (1, said)


_CHAIN = (
    r"HKLM:\SOFTWARE\Microsoft\Cryptography\OID\EncodingType 0"
    r"\CertDllCreateCertificateChainEngine\Config"
)


def test_certutil_sets_the_chain_engine(windows: EngineHost) -> None:
    assert called(windows, "certutil -getreg chain\\ChainCacheResyncFiletime")[0] == -2147024894
    code, lines = called(windows, "certutil -setreg chain\\ChainCacheResyncFiletime '@now'")
    assert (code, lines[-1]) == (0, "CertUtil: -setreg command completed successfully.")
    age = (
        f"$it = Get-ItemPropertyValue '{_CHAIN}' -Name ChainCacheResyncFiletime\n"
        "$at = [datetime]::FromFileTimeUtc([BitConverter]::ToInt64($it, 0))\n"
        "[int] ([datetime]::UtcNow - $at).TotalMinutes"
    )
    assert windows.run(age) == ["0"]
    windows.run("certutil -setreg chain\\EnableWeakSignatureFlags 8 | Out-Null")
    assert value(windows, _CHAIN, "EnableWeakSignatureFlags") == 8
    assert called(windows, "certutil -delreg chain\\EnableWeakSignatureFlags")[0] == 0
    assert called(windows, "certutil -getreg chain\\EnableWeakSignatureFlags")[0] == -2147024894


def test_certutil_empties_the_cache_of_urls(windows: EngineHost) -> None:
    windows.run(store("certutil", "UrlCache", ["http://ca/1.crl", "http://ca/2.crl"]))
    done = "CertUtil: -URLCache command completed successfully."
    listed = ["http://ca/1.crl", "http://ca/2.crl", done]
    assert called(windows, "certutil -urlcache *") == (0, listed)
    assert called(windows, "certutil -urlcache * delete") == (0, listed)
    assert called(windows, "certutil -urlcache *")[0] == -2147024637


@pytest.fixture
def root(windows: EngineHost) -> Iterator[str]:
    """The thumbprint of a certificate that lies in a file."""
    der, thumbprint = made("Contoso VPN Root")
    bytes_of = f"[Convert]::FromHexString('{der.hex()}')"
    windows.run(f"[IO.File]::WriteAllBytes('{_CERTIFICATE}', {bytes_of})")
    yield thumbprint
    windows.run(f"Remove-Item '{_CERTIFICATE}'")


@pytest.mark.parametrize(
    ("target", "container"),
    [
        ("NTAuthCA", "NTAuthCertificates"),
        ("NTAuthCA", "AIA\\Contoso VPN Root"),
        ("RootCA", "AIA\\Contoso VPN Root"),
        ("RootCA", "Certification Authorities\\Contoso VPN Root"),
    ],
)
def test_certutil_publishes(windows: EngineHost, root: str, target: str, container: str) -> None:
    line = f"certutil -dspublish -f -dc dc-01 {_CERTIFICATE} {target}"
    code, lines = called(windows, line)
    assert (code, lines[1], lines[3]) == (0, *["Certificate added to DS store."] * 2)
    names = f"(Get-Item -LiteralPath '{STORE}\\Directory\\{container}').Property"
    assert windows.run(names) == [root]
    assert called(windows, line)[1][1] == "Certificate already in DS store."
    windows.run(store("certutil", "DirectoryError", -2147016672))
    code, lines = called(windows, line)
    assert code == -2147016672
    assert lines[0].startswith("CertUtil: -dsPublish command FAILED: 0x80072020")
    assert called(windows, f"certutil -dspublish -f C:\\none.cer {target}")[0] == -2147024894


def test_certutil_verifies_as_arranged(windows: EngineHost, root: str) -> None:
    del root
    line = f"certutil -verify -urlfetch {_CERTIFICATE}"
    done = "CertUtil: -verify command completed successfully."
    assert called(windows, line) == (0, ["Leaf certificate revocation check passed", done])
    windows.run(
        store("certutil", "Verify", ["No revocation information"])
        + "\n"
        + store("certutil", "VerifyError", -2146885613)
    )
    code, lines = called(windows, line)
    assert (code, lines[0]) == (-2146885613, "No revocation information")


def test_auditpol_tells_and_sets_a_subcategory(windows: EngineHost) -> None:
    read = f"auditpol /get '/subcategory:{_NPS}' /r"
    head = "Machine Name,Policy Target,Subcategory,Subcategory GUID,"
    head += "Inclusion Setting,Exclusion Setting"

    def setting() -> str:
        code, lines = called(windows, read)
        assert (code, lines[0], len(lines)) == (0, head, 2)
        _, target, name, guid, found, excluded = lines[1].split(",")
        assert (target, name, guid, excluded) == ("System", "Network Policy Server", _NPS, "")
        return found

    done = (0, ["The command was successfully executed."])
    write = f"auditpol.exe /set '/subcategory:{_NPS}'"
    assert setting() == "No Auditing"
    assert called(windows, f"{write} /success:enable /failure:enable") == done
    assert setting() == "Success and Failure"
    assert called(windows, f"{write} /success:disable") == done
    assert setting() == "Failure"


def test_auditpol_refuses_what_it_does_not_know(windows: EngineHost) -> None:
    said = ["Error 0x00000057 occurred:", windows_says(windows, 87)]
    assert called(windows, "auditpol /get '/subcategory:{0}' /r") == (87, said)
    windows.run(store("AuditPolicy", "Error", 1314))
    code, lines = called(windows, f"auditpol /set '/subcategory:{_NPS}' /success:enable")
    assert (code, lines[0]) == (1314, "Error 0x00000522 occurred:")


def test_sc_sets_start_and_sid(windows: EngineHost, services: Services) -> None:
    name = services.make()
    start = f"HKLM:\\SYSTEM\\CurrentControlSet\\Services\\{name}"
    for how, number, late in (("delayed-auto", 2, 1), ("auto", 2, 0), ("disabled", 4, 0)):
        line = f"sc.exe config {name} start= {how}"
        assert called(windows, line) == (0, ["[SC] ChangeServiceConfig SUCCESS"])
        assert value(windows, start, "Start") == number
        assert value(windows, start, "DelayedAutostart") == late
    asked = f"sc.exe qsidtype {name}"
    assert called(windows, asked)[1][-1] == "SERVICE_SID_TYPE:  NONE"
    done = (0, ["[SC] ChangeServiceConfig2 SUCCESS"])
    assert called(windows, f"sc.exe sidtype {name} unrestricted") == done
    assert called(windows, asked)[1][-1] == "SERVICE_SID_TYPE:  UNRESTRICTED"


def test_sc_says_which_service_is_not_there(windows: EngineHost) -> None:
    said = ["[SC] OpenService FAILED 1060:", windows_says(windows, 1060)]
    assert called(windows, "sc.exe config NoSuch start= auto") == (1060, said)
    assert called(windows, "sc.exe config EventLog start= sometimes")[0] == 1639


def test_reg_exports_and_imports(windows: EngineHost) -> None:
    key = r"HKLM\SOFTWARE\AovpnStandIn\Kept"
    windows.run(store("Kept", "List", ["a", "b"]) + "\n" + store("Kept", "Number", 5))
    assert called(windows, f"reg export {key} C:\\kept.reg /y")[0] == 0
    windows.run(f"Remove-Item '{STORE}\\Kept' -Recurse")
    assert called(windows, "reg import C:\\kept.reg")[0] == 0
    assert value(windows, "Kept", "List") == ["a", "b"]
    assert value(windows, "Kept", "Number") == 5
    assert called(windows, f"reg export {key}\\None C:\\kept.reg /y 2>$null")[0] == 1
    windows.run("Remove-Item C:\\kept.reg")
