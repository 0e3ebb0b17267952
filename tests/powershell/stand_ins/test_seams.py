"""The answers that the host program gives where Wine has none, as strict as those of Windows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.arranged import Services, store
from tests.powershell.conftest import EngineLab
from tests.powershell.host import EngineHost

_SVC, _SID = "CORP\\svc-vpn", "S-1-5-21-1-2-3-1104"
_UNKNOWN = "IdentityNotMappedException"
_RIGHTS = "O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
_FOLDER = r"C:\AovpnSeams"


def sid_of(host: EngineHost, account: str) -> str:
    """The SID that .NET finds for a name, or the class of what it throws."""
    name = f"([Security.Principal.NTAccount] {literal(account)})"
    return _or_thrown(host, f"{name}.Translate([Security.Principal.SecurityIdentifier]).Value")


def name_of(host: EngineHost, sid: str) -> str:
    """The name that .NET finds for a SID, or the class of what it throws."""
    identifier = f"([Security.Principal.SecurityIdentifier] {literal(sid)})"
    return _or_thrown(host, f"{identifier}.Translate([Security.Principal.NTAccount]).Value")


def _or_thrown(host: EngineHost, call: str) -> str:
    [said] = host.run(f"try {{ {call} }} catch {{ $_.Exception.InnerException.GetType().Name }}")
    return said


@pytest.mark.parametrize(
    ("account", "sid", "name"),
    [
        ("Administrators", "S-1-5-32-544", "BUILTIN\\Administrators"),
        ("Users", "S-1-5-32-545", "BUILTIN\\Users"),
        ("SYSTEM", "S-1-5-18", "NT AUTHORITY\\SYSTEM"),
        ("NT AUTHORITY\\LOCAL SERVICE", "S-1-5-19", "NT AUTHORITY\\LOCAL SERVICE"),
        ("NETWORK SERVICE", "S-1-5-20", "NT AUTHORITY\\NETWORK SERVICE"),
    ],
)
def test_accounts_that_every_windows_has_are_known(
    stand_ins: EngineHost, account: str, sid: str, name: str
) -> None:
    assert sid_of(stand_ins, account) == sid
    assert name_of(stand_ins, sid) == name


@pytest.mark.parametrize(
    ("account", "sid"),
    [
        (_SVC, _SID),
        ("NT SERVICE\\ALL SERVICES", "S-1-5-80-0"),
        ("VORDEFINIERT\\Administratoren", "S-1-5-32-544"),
    ],
)
def test_a_test_has_more_accounts_known(stand_ins: EngineHost, account: str, sid: str) -> None:
    assert sid_of(stand_ins, account) == _UNKNOWN
    stand_ins.run(store("Accounts", account, sid))
    assert sid_of(stand_ins, account) == sid
    assert sid_of(stand_ins, account.upper()) == sid
    assert sid_of(stand_ins, account.partition("\\")[2]) == sid
    assert name_of(stand_ins, sid) == account


def test_one_account_more_makes_no_other_known(stand_ins: EngineHost) -> None:
    stand_ins.run(store("Accounts", _SVC, _SID))
    assert sid_of(stand_ins, "OTHER\\svc-vpn") == _UNKNOWN
    assert sid_of(stand_ins, "CORP\\svc-vp") == _UNKNOWN
    assert name_of(stand_ins, f"{_SID}0") == _UNKNOWN
    assert name_of(stand_ins, "S-1-5-18") == "NT AUTHORITY\\SYSTEM"


@pytest.mark.parametrize(
    ("path", "method", "number", "text"),
    [
        ("HOST/None,group", "Members", 0x800708AC, "The group name could not be found.\r\n"),
        ("HOST/Test,group", "Member", 0x80020006, "Unknown name."),
        ("HOST/Test", "Members", 0x80005000, "Unknown error (0x80005000)"),
        ("other/Test,group", "Members", 0x80005000, "Unknown error (0x80005000)"),
    ],
)
def test_adsi_refuses_what_it_does_not_know(
    stand_ins: EngineHost, path: str, method: str, number: int, text: str
) -> None:
    stand_ins.run(store("Groups\\Test", "Members", ["WinNT://CORP/x|User|S-1-5-21-1-2-3-4"]))
    whole = f"'WinNT://{path}'.Replace('HOST', $env:COMPUTERNAME)"
    script = f"([ADSI] ({whole})).psbase.Invoke('{method}')"
    said = stand_ins.record(
        f"try {{ {script}; 'nothing' }} catch {{ $e = $_.Exception.InnerException\n"
        "ConvertTo-AovpnText @($e.GetType().Name, $e.HResult.ToString('X'), $e.Message) }"
    )
    assert said == ["COMException", f"{number:X}", text]


def test_a_member_has_the_properties_that_it_has(stand_ins: EngineHost) -> None:
    stand_ins.run(store("Groups\\Test", "Members", [f"WinNT://CORP/svc-vpn|User|{_SID}"]))
    said = stand_ins.run(
        '$group = [ADSI] "WinNT://$env:COMPUTERNAME/Test,group"\n'
        "$one = [ADSI] @($group.psbase.Invoke('Members'))[0]\n"
        "$one.psbase.InvokeGet('ADsPath'); $one.psbase.InvokeGet('Class')\n"
        "[string] $one.psbase.InvokeGet('objectSID').Length\n"
        "try { $one.psbase.InvokeGet('Sid') } catch { $_.Exception.InnerException.Message }"
    )
    missing = "The directory property cannot be found in the cache."
    assert said == ["WinNT://CORP/svc-vpn", "User", "28", missing]


@pytest.fixture
def folder(stand_ins: EngineHost) -> Iterator[str]:
    """A path where there is no folder."""
    yield _FOLDER
    stand_ins.run(f"Remove-Item {_FOLDER} -Recurse -Force -ErrorAction Ignore")


def access_list(host: EngineHost, path: str) -> str:
    [said] = host.run(f"(Get-Acl -LiteralPath '{path}').Sddl")
    return said


def make_with_rights(host: EngineHost, path: str) -> None:
    host.run(
        "$rights = New-Object Security.AccessControl.DirectorySecurity\n"
        f"$rights.SetSecurityDescriptorSddlForm('{_RIGHTS}')\n"
        f"[IO.FileSystemAclExtensions]::Create([IO.DirectoryInfo] '{path}', $rights)"
    )


def test_a_folder_has_the_rights_that_it_was_made_with(windows: EngineHost, folder: str) -> None:
    make_with_rights(windows, folder)
    for path in (folder, f"{folder}\\", folder.upper(), rf"{folder}\..\AovpnSeams"):
        assert access_list(windows, path) == _RIGHTS


def test_a_folder_in_the_place_of_another_has_its_own_rights(
    windows: EngineHost, folder: str
) -> None:
    make_with_rights(windows, folder)
    windows.run(f"Remove-Item {folder}\n$null = New-Item -ItemType Directory {folder}")
    other = access_list(windows, folder)
    assert "D:P" not in other
    assert "(A;OICI;0x1200a9;;;WD)" in other
    windows.run(f"Remove-Item {folder}")
    make_with_rights(windows, folder)
    assert access_list(windows, folder) == _RIGHTS


def test_other_sessions_see_the_same(
    stand_ins: EngineHost, windows_lab: EngineLab, folder: str, services: Services
) -> None:
    make_with_rights(stand_ins, folder)
    stand_ins.run(
        f"{store('Accounts', _SVC, _SID)}\nAdd-AovpnLsaType\n"
        f"[AovpnRemediate.Lsa]::Change('{_SID}', 'SeServiceLogonRight', $true)"
    )
    below = services.make()
    above = services.make(on=[below])
    with windows_lab.connect() as session:
        other = EngineHost("windows", session)
        assert access_list(other, folder) == _RIGHTS
        assert sid_of(other, _SVC) == _SID
        said = other.run("Add-AovpnLsaType; [AovpnRemediate.Lsa]::Holders('SeServiceLogonRight')")
        assert said == [_SID]
        assert other.run(f"(Get-Service {below}).DependentServices.Name") == [above]


def test_what_a_service_depends_on_is_started_before_it(services: Services) -> None:
    below = services.make()
    above = services.make(on=[below])
    services.start(above)
    assert [services.status(name) for name in (below, above)] == ["Running", "Running"]


def test_everything_else_is_that_of_windows(windows: EngineHost) -> None:
    said = windows.run(
        "if (-not ('AovpnOthers' -as [type])) { Add-Type -TypeDefinition 'using System; using "
        "System.Runtime.InteropServices; public static class AovpnOthers { "
        '[DllImport("kernel32.dll")] public static extern uint GetCurrentProcessId(); '
        '[DllImport("advapi32.dll")] public static extern uint LsaNtStatusToWinError(uint s); '
        "}' }\n"
        "[string] ([AovpnOthers]::GetCurrentProcessId() -eq $PID)\n"
        "[string] [AovpnOthers]::LsaNtStatusToWinError(3221225506)"
    )
    assert said == ["True", "5"]
