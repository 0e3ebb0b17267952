"""Entries of phonebooks: real files of a Windows file system, and what goes wrong with them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.arranged import store
from tests.powershell.host import EngineHost, read_step

pytestmark = pytest.mark.usefixtures("stand_ins")

_KIND = "AovpnRasphoneEntry"
_FOLDER = r"C:\ProgramData\Microsoft\Network\Connections\Pbk"
_BOOK = rf"{_FOLDER}\rasphone.pbk"
_NAME = "Always On VPN"
_ALL = {"Name": _NAME, "User": ""}
_SID = "S-1-5-21-1-2-3-1207"
_PROFILE = (
    r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"
    rf"\{_SID}"
)
_FOLDERS = (
    rf"Registry::HKEY_USERS\{_SID}\Software\Microsoft\Windows\CurrentVersion\Explorer"
    r"\User Shell Folders"
)
_FIRST = "[Always On VPN 2]\r\nVpnStrategy=1\r\nodd line\r\n\r\n"
_HEAD = "[Always On VPN]\r\nEncoding=1\r\nVpnStrategy=14\r\nUnknown = as \tit is\r\n\r\n"
_GROUPS = "NETCOMPONENTS=\r\nms_msclient=1\r\n\r\nDEVICE=vpn\r\nVpnStrategy=3\r\n\r\n"
_LAST = "[VPN]\nVpnStrategy=2\r\n\r\n  \r\n"
_WHOLE = _FIRST + _HEAD + _GROUPS + _LAST
_STRATEGY: Mapping[str, Any] = {"vpn_strategy": "7"}


@pytest.fixture(autouse=True)
def _forget(windows: EngineHost) -> Iterator[None]:
    yield
    windows.run(
        r"Remove-Item C:\ProgramData\Microsoft\Network, C:\users\anna -Recurse -Force "
        "-ErrorAction Ignore\n"
        f"Remove-Item '{_PROFILE}', 'Registry::HKEY_USERS\\{_SID}' -Recurse -ErrorAction Ignore"
    )


def write(content: bytes, path: str = _BOOK) -> str:
    """A script that writes a phonebook."""
    folder = path.rpartition("\\")[0]
    return (
        f"$null = [IO.Directory]::CreateDirectory({literal(folder)})\n"
        f"[IO.File]::WriteAllBytes({literal(path)}, [Convert]::FromHexString('{content.hex()}'))"
    )


def content(windows: EngineHost, path: str = _BOOK) -> bytes:
    """The bytes of a phonebook; nothing may lie beside it."""
    folder = path.rpartition("\\")[0]
    [said, *names] = windows.run(
        f"[Convert]::ToHexString([IO.File]::ReadAllBytes({literal(path)}))\n"
        f"[IO.Directory]::GetFiles({literal(folder)})"
    )
    assert names == [path]
    return bytes.fromhex(said)


def refusal(windows: EngineHost, arrange: str, target: Any = None) -> str:
    record = windows.record(f"{arrange}\n{read_step(_KIND, target or _ALL)}")
    assert not record["ok"], record
    return str(record["error"]["message"])


def change(windows: EngineHost, desired: Mapping[str, Any] = _STRATEGY, arrange: str = "") -> Any:
    return windows.set(_KIND, _ALL, desired, arrange=arrange)


# Reading


@pytest.mark.parametrize("name", ["Always On VPN", "ALWAYS on vpn"])
def test_an_entry_is_read_by_its_whole_name(windows: EngineHost, name: str) -> None:
    windows.run(write(_WHOLE.encode()))
    found = windows.read(_KIND, {"Name": name, "User": ""})
    assert found["vpn_strategy"] == "14"
    assert found["use_ras_credentials"] is None
    assert (found["phonebook"], found["section"]) == (_BOOK, _HEAD + _GROUPS)
    assert found["build"] == 20348


@pytest.mark.parametrize("name", ["Always On", "Always.On.VPN", "On VPN", "VPN 2", "$env:TEMP"])
def test_a_part_of_a_name_or_a_pattern_is_none(windows: EngineHost, name: str) -> None:
    windows.run(write(_WHOLE.encode()))
    assert windows.read(_KIND, {"Name": name, "User": ""}) is None


@pytest.mark.parametrize(
    "arrange", ["", f"$null = [IO.Directory]::CreateDirectory('{_FOLDER}')", write(b"")]
)
def test_without_a_phonebook_there_is_no_entry(windows: EngineHost, arrange: str) -> None:
    assert windows.read(_KIND, _ALL, arrange=arrange) is None


def test_a_phonebook_in_use_cannot_be_read_and_is_never_absent(windows: EngineHost) -> None:
    windows.run(write(_WHOLE.encode()))
    opened = f"$script:held = [IO.File]::Open('{_BOOK}', 'Open', 'Read', 'None')"
    try:
        said = refusal(windows, opened)
    finally:
        windows.run("$script:held.Dispose()")
    assert said.startswith(f"{_BOOK} cannot be read: ")


def test_two_sections_of_one_name_are_not_guessed(windows: EngineHost) -> None:
    said = refusal(windows, write((_WHOLE + _HEAD.upper()).encode()))
    assert said == f"The phonebook has 2 sections [{_NAME}]: the one in force is unknown."


def test_two_lines_of_one_setting_are_not_guessed(windows: EngineHost) -> None:
    twice = _HEAD.replace("Unknown", "VPNSTRATEGY=7\r\nUnknown")
    said = refusal(windows, write(twice.encode()))
    assert said == "VpnStrategy stands 2 times in the section: the one in force is unknown."


def test_what_is_no_phonebook_is_not_read(windows: EngineHost) -> None:
    made = f"{write(b'')}\n[IO.File]::WriteAllBytes('{_BOOK}', [byte[]]::new(4194305))"
    assert refusal(windows, made) == f"{_BOOK} has 4194305 bytes: that is no phonebook."
    broken = b"\xff\xfe" + _WHOLE.encode("utf-16-le") + b"\x00"
    assert refusal(windows, write(broken)) == (
        f"{_BOOK} cannot be read: it begins as UTF-16 and is none."
    )


def test_a_change_that_was_cut_off_is_told(windows: EngineHost) -> None:
    said = refusal(windows, write(_WHOLE.encode(), f"{_BOOK}.aovpn-old"))
    assert said == (
        f"{_BOOK} is missing, but {_BOOK}.aovpn-old is there: rename it, a change was cut off."
    )


# Whose it is

_ANNA = {"Name": _NAME, "User": r"CORP\anna"}
_OWN = r"C:\users\anna\AppData\Roaming\Microsoft\Network\Connections\Pbk\rasphone.pbk"
_KNOWN = store("Accounts", r"CORP\anna", _SID)
_HAS_PROFILE = (
    f"{_KNOWN}\n$null = New-Item '{_PROFILE}' -Force\n$null = New-ItemProperty '{_PROFILE}' "
    "ProfileImagePath -PropertyType ExpandString -Value '%SystemDrive%\\users\\anna\\'"
)


def _redirected(to: str) -> str:
    return (
        f"$null = New-Item '{_FOLDERS}' -Force\n$null = New-ItemProperty '{_FOLDERS}' AppData "
        f"-PropertyType ExpandString -Value {literal(to)}"
    )


@pytest.mark.parametrize(
    "roaming", [None, r"%USERPROFILE%\AppData\Roaming", "c:\\USERS\\anna\\AppData\\Roaming\\"]
)
def test_a_user_has_a_phonebook_of_his_own(windows: EngineHost, roaming: str | None) -> None:
    windows.run(f"{_HAS_PROFILE}\n{write(_WHOLE.encode(), _OWN)}")
    if roaming:
        windows.run(_redirected(roaming))
    assert windows.read(_KIND, _ANNA)["phonebook"] == _OWN
    assert windows.read(_KIND, _ALL) is None
    done = windows.set(_KIND, {"Name": _NAME, "User": _SID}, {"vpn_strategy": "7"})
    assert done["ok"], done
    wanted = _WHOLE.replace("VpnStrategy=14", "VpnStrategy=7")
    assert content(windows, _OWN) == wanted.encode()


def test_a_user_without_a_phonebook_has_no_entry(windows: EngineHost) -> None:
    windows.run(f"{_HAS_PROFILE}\n{write(_WHOLE.encode())}")
    assert windows.read(_KIND, _ANNA) is None


def test_a_user_who_is_not_known_here_is_told(windows: EngineHost) -> None:
    assert refusal(windows, "", _ANNA) == (
        "The host does not know the account CORP\\anna: check its spelling, and that a domain "
        "controller can be reached."
    )
    assert refusal(windows, _KNOWN, _ANNA) == (
        f"CORP\\anna ({_SID}) has no profile on this host: that user has never logged on here."
    )


def test_a_phonebook_on_another_server_is_not_read(windows: EngineHost) -> None:
    share = r"\\files\users\anna"
    assert refusal(windows, f"{_HAS_PROFILE}\n{_redirected(share)}", _ANNA) == (
        rf"AppData of CORP\anna is redirected to {share}: the phonebook there is not read."
    )


def test_a_link_is_not_followed(linux: EngineHost) -> None:
    """Wine has no links of Windows: by those of Linux, which .NET tells in the same way."""
    made = (
        "$root = [IO.Path]::GetTempPath().TrimEnd('/') + '/' + [guid]::NewGuid()\n"
        '$null = [IO.Directory]::CreateDirectory("$root/real/Pbk")\n'
        '$null = [IO.Directory]::CreateSymbolicLink("$root/link", "$root/real")\n'
    )
    asked = (
        'foreach ($one in "real", "link") {\n'
        'try { Assert-AovpnNoLink -Root $root -Path "$root/$one/Pbk/none.pbk"; "$one is none" }\n'
        'catch { ([string] $_).Replace($root, "") }\n}\n'
        "Remove-Item $root -Recurse"
    )
    assert linux.run(made + asked) == ["real is none", "/link is a link, which is not followed."]


# Setting


def _both_ways(windows: EngineHost, before: bytes, wanted: bytes, **desired: str | None) -> None:
    """Set, with nothing else changed, and set back to the very same bytes."""
    windows.run(write(before))
    was = windows.read(_KIND, _ALL)
    done = change(windows, desired)
    assert done["ok"], done
    assert content(windows) == wanted
    assert json.loads(done["after"]) != was
    done = change(windows, {name: was[name] for name in desired})
    assert done["ok"], done
    assert content(windows) == before
    assert windows.read(_KIND, _ALL) == was


def test_a_value_changes_and_every_other_byte_stays(windows: EngineHost) -> None:
    wanted = _WHOLE.replace("VpnStrategy=14", "VpnStrategy=7")
    _both_ways(windows, _WHOLE.encode(), wanted.encode(), vpn_strategy="7")


def test_a_line_that_is_not_there_is_made_before_the_groups(windows: EngineHost) -> None:
    wanted = _WHOLE.replace("VpnStrategy=14", "IpInterfaceMetric=3\r\nVpnStrategy=14")
    _both_ways(windows, _WHOLE.encode(), wanted.encode(), ip_interface_metric="3")
    bare = _WHOLE.replace("Encoding=1\r\nVpnStrategy=14\r\n", "")
    wanted = bare.replace("[Always On VPN]\r\n", "[Always On VPN]\r\nVpnStrategy=7\r\n")
    _both_ways(windows, bare.encode(), wanted.encode(), vpn_strategy="7")


def test_the_line_ends_of_the_section_are_kept(windows: EngineHost) -> None:
    before = "[Always On VPN]\nVpnStrategy=14"
    wanted = "[Always On VPN]\nCacheCredentials=0\nVpnStrategy=7"
    desired = {"vpn_strategy": "7", "cache_credentials": "0"}
    _both_ways(windows, before.encode(), wanted.encode(), **desired)


_OTHER = "[Caf\u00e9]\r\nPhoneNumber=\u65e5\u672c\u8a9e\r\n\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_the_encoding_is_kept(windows: EngineHost, encoding: str) -> None:
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    before = mark + _OTHER + _WHOLE
    wanted = before.replace("VpnStrategy=14", "VpnStrategy=7")
    _both_ways(windows, before.encode(encoding), wanted.encode(encoding), vpn_strategy="7")


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_section_is_found_in_a_file_of_two_encodings(windows: EngineHost, encoding: str) -> None:
    """UTF-8 and the code page of the host, beside bytes that are neither."""
    if encoding == "cp1252":
        [page] = windows.run("[string] [Text.Encoding]::GetEncoding(0).CodePage")
        encoding = f"cp{page}"
    name = "Caf\u00e9 VPN"
    section = f"[{name}]\r\nVpnStrategy=14\r\n\r\n".encode(encoding)
    before = b"[\xff\x81\x8d]\r\nVpnStrategy=1\r\n" + section + b"[\xe9\xe8]\r\n\xa0=\x9f\r\n"
    windows.run(write(before))
    target = {"Name": name, "User": ""}
    assert windows.read(_KIND, target)["vpn_strategy"] == "14"
    done = windows.set(_KIND, target, {"vpn_strategy": "7"})
    assert done["ok"], done
    assert content(windows) == before.replace(b"VpnStrategy=14", b"VpnStrategy=7")


def test_what_is_right_already_is_not_written(windows: EngineHost) -> None:
    windows.run(write(_WHOLE.encode()))
    never = "function Set-AovpnFileBytes { throw 'written' }"
    call = (
        f"Set-AovpnRasphoneEntry -Name '{_NAME}' -User '' "
        "-Desired @{ vpn_strategy = '14'; ip_dns_flags = $null }"
    )
    assert windows.run(f"{never}\n{call}") == []


_LINES = {
    "vpn_strategy": "VpnStrategy",
    "disable_mobility": "DisableMobility",
    "network_outage_time": "NetworkOutageTime",
    "ip_interface_metric": "IpInterfaceMetric",
    "ipv6_interface_metric": "Ipv6InterfaceMetric",
    "use_ras_credentials": "UseRasCredentials",
    "cache_credentials": "CacheCredentials",
    "ip_dns_flags": "IpDnsFlags",
    "disable_class_based_default_route": "DisableClassBasedDefaultRoute",
}


def test_each_setting_has_its_own_line(windows: EngineHost) -> None:
    lines = [f"{line}={number}\r\n" for number, line in enumerate(_LINES.values())]
    before = "".join(["[Always On VPN]\r\n", *lines])
    wanted = before.replace("\r", "0\r").replace("VPN]0", "VPN]")
    desired = {name: f"{number}0" for number, name in enumerate(_LINES)}
    _both_ways(windows, before.encode(), wanted.encode(), **desired)


def test_an_entry_that_is_gone_is_not_made(windows: EngineHost) -> None:
    call = f"Set-AovpnRasphoneEntry -Name '{_NAME}' -User '' -Desired @{{ vpn_strategy = '7' }}"
    [said] = windows.run(f"{write(_LAST.encode())}\ntry {{ {call} }} catch {{ [string] $_ }}")
    assert said == f"The phonebook has no section [{_NAME}] any more."
    assert content(windows) == _LAST.encode()


def test_a_value_is_one_line_and_nothing_more(windows: EngineHost) -> None:
    windows.run(write(_WHOLE.encode()))
    done = change(windows, {"vpn_strategy": "7\r\n[Another]"})
    assert done["error"]["message"] == "The value of VpnStrategy is no line."
    assert content(windows) == _WHOLE.encode()
    done = change(windows, {"vpn_strategy": "$1 $(throw 'x') \u2019"})
    assert done["ok"], done
    wanted = _WHOLE.replace("VpnStrategy=14", "VpnStrategy=$1 $(throw 'x') \u2019")
    assert content(windows) == wanted.encode()


def test_a_section_without_lines_is_not_written(windows: EngineHost) -> None:
    windows.run(write(b"[Always On VPN]"))
    assert change(windows)["error"]["message"] == "The section has no lines."
    assert content(windows) == b"[Always On VPN]"


# What goes wrong

_HALF = (
    "function Write-AovpnFileBeside { param($Path, $Bytes)\n"
    "[IO.File]::WriteAllBytes($Path, $Bytes[0..3]); throw 'The disk is full.' }"
)
_NOT_SWITCHED = "function Switch-AovpnFile { param($New, $Path, $Old) throw 'denied' }"
_HALF_SWITCHED = (
    "function Switch-AovpnFile { param($New, $Path, $Old)\n"
    "[IO.File]::Move($Path, $Old); throw 'denied' }"
)


@pytest.mark.parametrize("fault", [_HALF, _NOT_SWITCHED, _HALF_SWITCHED])
def test_the_phonebook_is_as_before_where_it_cannot_be_written(
    windows: EngineHost, fault: str
) -> None:
    windows.run(write(_WHOLE.encode()))
    done = change(windows, arrange=fault)
    assert done["error"]["message"] in ("The disk is full.", "denied")
    assert done["before"] == done["after"]
    assert content(windows) == _WHOLE.encode()


def test_a_phonebook_that_something_else_has_changed_is_not_overwritten(
    windows: EngineHost,
) -> None:
    windows.run(write(_WHOLE.encode()))
    meanwhile = (
        "$script:Real = ${function:Write-AovpnFileBeside}\n"
        "function Write-AovpnFileBeside { param($Path, $Bytes)\n"
        "& $script:Real -Path $Path -Bytes $Bytes\n"
        f"[IO.File]::AppendAllText('{_BOOK}', '[New]') }}"
    )
    done = change(windows, arrange=meanwhile)
    assert done["error"]["message"] == (
        f"{_BOOK} has been changed by something else meanwhile: nothing is written."
    )
    assert content(windows) == _WHOLE.encode() + b"[New]"


def test_what_an_earlier_change_has_left_over_is_in_nobodys_way(windows: EngineHost) -> None:
    left = [write(b"rest", f"{_BOOK}.aovpn-{one}") for one in ("new", "old")]
    windows.run("\n".join([write(_WHOLE.encode()), *left]))
    done = change(windows)
    assert done["ok"], done
    assert content(windows) == _WHOLE.replace("VpnStrategy=14", "VpnStrategy=7").encode()
