"""The folder that SYSTEM runs a file from, the file, and the command line that runs it."""

from __future__ import annotations

import hashlib

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.host import EngineHost

from .rollback import FOLDER

_PATH = rf"{FOLDER}\undo-r-1"
_OTHERS = f"Others than SYSTEM and Administrators have or had rights to {FOLDER} ("
_ADVICE = "): find out who made it, and take it away."


def caught(host: EngineHost, script: str) -> tuple[str, str]:
    """The id and the message of what a script throws."""
    text = (
        f"try {{ {script}; 'nothing'; 'nothing' }} "
        "catch { $said = ConvertTo-AovpnError $_; $said.id; $said.message }"
    )
    identity, message = host.run(text)
    return identity, message


def made_with(sddl: str) -> str:
    return (
        "$rights = New-Object Security.AccessControl.DirectorySecurity\n"
        f"$rights.SetSecurityDescriptorSddlForm('{sddl}')\n"
        f"[IO.FileSystemAclExtensions]::Create([IO.DirectoryInfo] '{FOLDER}', $rights)\n"
        f"Assert-AovpnUndoFolder -Path {FOLDER}"
    )


def test_a_folder_of_our_own_is_safe(armed: EngineHost) -> None:
    said = armed.run(
        f"New-AovpnUndoFolder -Path {FOLDER}\nAssert-AovpnUndoFolder -Path {FOLDER}\n"
        f"(Get-Acl {FOLDER}).Sddl"
    )
    assert said == ["O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"]


def test_a_folder_that_is_there_stays_as_it_is(armed: EngineHost) -> None:
    said = caught(
        armed,
        f"$null = New-Item -ItemType Directory {FOLDER}; New-AovpnUndoFolder -Path {FOLDER}; "
        f"Assert-AovpnUndoFolder -Path {FOLDER}",
    )
    assert said[0] == "UnsafeFolder"
    assert said[1].startswith(_OTHERS)
    assert said[1].endswith(_ADVICE)


@pytest.mark.parametrize(
    "sddl",
    [
        "O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)",
        "O:SYD:P(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)",
        "O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)",
    ],
)
def test_a_folder_with_just_these_rights_is_safe(armed: EngineHost, sddl: str) -> None:
    assert caught(armed, made_with(sddl)) == ("nothing", "nothing")


@pytest.mark.parametrize(
    "sddl",
    [
        "O:BAD:(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)",
        "O:BUD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)",
        "O:BAD:P(A;OICI;FA;;;SY)",
        "O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;BU)",
        "O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;LS)",
        "O:BAD:P(A;;FA;;;SY)(A;OICI;FA;;;BA)",
    ],
)
def test_a_folder_with_other_rights_is_not(armed: EngineHost, sddl: str) -> None:
    identity, message = caught(armed, made_with(sddl))
    assert (identity, message) == ("UnsafeFolder", f"{_OTHERS}{sddl}{_ADVICE}")


_TASKS = r"C:\windows\System32\Tasks"
_OF_ALL = f"{_TASKS}\\aovpn-remediate"


def _owned_by(sid: str) -> str:
    return (
        f"if (-not (Test-Path {_TASKS})) {{ $null = New-Item -ItemType Directory {_TASKS} }}\n"
        "$rights = New-Object Security.AccessControl.DirectorySecurity\n"
        f"$rights.SetSecurityDescriptorSddlForm('O:{sid}D:(A;OICI;FA;;;WD)')\n"
        f"[IO.FileSystemAclExtensions]::Create([IO.DirectoryInfo] '{_OF_ALL}', $rights)\n"
    )


@pytest.mark.parametrize("owner", ["BA", "SY", ""])
def test_a_folder_of_tasks_that_we_made_is_safe(armed: EngineHost, owner: str) -> None:
    """The account of the session is also one of ours."""
    [me] = armed.run("[Security.Principal.WindowsIdentity]::GetCurrent().User.Value")
    script = _owned_by(owner or me)
    try:
        assert caught(armed, f"{script}; Assert-AovpnTaskFolder") == ("nothing", "nothing")
    finally:
        armed.run(f"Remove-Item {_OF_ALL}")


def test_a_folder_of_tasks_that_somebody_else_made_stops_the_arming(armed: EngineHost) -> None:
    armed.run(_owned_by("BU"))
    try:
        trusted = "function Assert-AovpnUndoFolder { }\n"
        record = armed.record(f"{trusted}Invoke-AovpnArm -Run r-1 -Seconds 600 -Script '1'")
        tasks = armed.run("[string] @(Get-ScheduledTask).Count")
    finally:
        armed.run(f"Remove-Item {_OF_ALL}")
    assert (record["ok"], record["error"]["id"]) == (False, "UnsafeFolder")
    assert record["error"]["message"].startswith(
        f"The folder of the scheduled task, {_OF_ALL}, belongs to S-1-5-32-545: find out "
    )
    assert tasks == ["0"]


def test_a_folder_that_is_made_meanwhile_is_found(armed: EngineHost) -> None:
    trusted = "function Assert-AovpnUndoFolder { }\n"
    made = f"function Register-AovpnUndoTask {{ {_owned_by('BU')} }}\n"
    try:
        script = f"{trusted}{made}Invoke-AovpnArm -Run r-1 -Seconds 600 -Script '1'"
        record = armed.record(script)
    finally:
        armed.run(f"Remove-Item {_OF_ALL}")
    assert (record["ok"], record["error"]["id"]) == (False, "UnsafeFolder")


def test_a_file_or_a_link_is_no_folder(armed: EngineHost) -> None:
    plain = f"{FOLDER} is no plain folder: find out who made it, and take it away."
    said = caught(armed, f"$null = New-Item {FOLDER}; Assert-AovpnUndoFolder -Path {FOLDER}")
    assert said == ("UnsafeFolder", plain)
    link = "function Get-Item { [CmdletBinding()] param($LiteralPath, [switch] $Force) "
    link += "$i = New-Object IO.DirectoryInfo C:\\windows; $i | Add-Member Attributes "
    link += "([IO.FileAttributes] 'Directory, ReparsePoint') -Force; $i }"
    assert caught(armed, f"{link}; Assert-AovpnUndoFolder -Path {FOLDER}") == (
        "UnsafeFolder",
        plain,
    )


def test_a_hidden_folder_is_found(armed: EngineHost) -> None:
    said = armed.run(
        f"New-AovpnUndoFolder -Path {FOLDER}\n"
        f"(Get-Item {FOLDER}).Attributes = 'Hidden, Directory'\n"
        f"Assert-AovpnUndoFolder -Path {FOLDER}\n'safe'"
    )
    assert said == ["safe"]


_TEXT = "\u00e9 \u2018x\u2019 \U0001f600\n$(1 + 1)"


def test_the_file_is_what_was_given_with_a_mark_before_it(armed: EngineHost) -> None:
    data = b"\xef\xbb\xbf" + _TEXT.encode()
    said = armed.run(
        f"$null = New-Item -ItemType Directory {FOLDER}\n"
        f"Write-AovpnUndoFile -Path '{_PATH}.ps1' -Text {literal(_TEXT)}\n"
        f"[Convert]::ToHexString([IO.File]::ReadAllBytes('{_PATH}.ps1'))\n"
        f"$file = [IO.File]::Open('{_PATH}.ps1', 'Open', 'ReadWrite', 'None')\n$file.Close()"
    )
    digest = hashlib.sha256(data).hexdigest().upper()
    assert said == ["-".join(digest[n : n + 2] for n in range(0, 64, 2)), data.hex().upper()]


def test_a_file_that_is_there_is_not_overwritten(armed: EngineHost) -> None:
    _, message = caught(
        armed,
        f"$null = New-Item -ItemType Directory {FOLDER}; Set-Content '{_PATH}.ps1' other; "
        f"Write-AovpnUndoFile -Path '{_PATH}.ps1' -Text new",
    )
    assert "already exists" in message
    assert armed.run(f"Get-Content '{_PATH}.ps1'") == ["other"]


def test_half_a_character_is_not_written(armed: EngineHost) -> None:
    identity, _ = caught(
        armed,
        f"$null = New-Item -ItemType Directory {FOLDER}; "
        f"Write-AovpnUndoFile -Path '{_PATH}.ps1' -Text ('a' + [char] 0xd800)",
    )
    assert identity == "EncoderFallbackException"
    assert armed.run(f"Test-Path '{_PATH}.ps1'") == ["false"]


def test_a_file_that_reads_back_otherwise_is_told(armed: EngineHost) -> None:
    twice = '$global:Hashes = 0; function Get-AovpnHash { $global:Hashes++; "h$Hashes" }'
    _, message = caught(
        armed,
        f"$null = New-Item -ItemType Directory {FOLDER}; {twice}; "
        f"Write-AovpnUndoFile -Path '{_PATH}.ps1' -Text new",
    )
    assert message == f"{_PATH}.ps1 was written, but it reads back otherwise."


def test_a_hash_is_told_by_its_case_too(armed: EngineHost) -> None:
    twice = "$global:Hashes = 0; function Get-AovpnHash { if ($global:Hashes++) { 'AA' } else "
    twice += "{ 'aa' } }"
    _, message = caught(
        armed,
        f"$null = New-Item -ItemType Directory {FOLDER}; {twice}; "
        f"Write-AovpnUndoFile -Path '{_PATH}.ps1' -Text new",
    )
    assert message == f"{_PATH}.ps1 was written, but it reads back otherwise."


def test_the_file_is_on_the_disk_before_anything_is_set(armed: EngineHost) -> None:
    """Flush(true) is what takes it there; nothing else of it can be seen from here."""
    [text] = armed.run("(Get-Command Write-AovpnUndoFile).Definition -replace '\\s+', ' '")
    assert "$file.Flush($true)" in text


def test_the_command_line_of_the_task(each_engine: EngineHost) -> None:
    [said] = each_engine.run("Get-AovpnUndoArgument -Path 'C:\\x\\undo-1' -Hash 'AA-BB'")
    assert said == (
        "-NoProfile -NonInteractive -Command \"& { $ErrorActionPreference = 'Stop'; "
        "$path = 'C:\\x\\undo-1'; $bytes = [IO.File]::ReadAllBytes($path + '.ps1'); "
        "$sha = New-Object -TypeName System.Security.Cryptography.SHA256CryptoServiceProvider; "
        "if ([BitConverter]::ToString($sha.ComputeHash($bytes)) -cne 'AA-BB') { exit 2 }; "
        "[IO.File]::Move($path + '.ps1', $path + '.running'); "
        "& ([ScriptBlock]::Create([Text.Encoding]::UTF8.GetString($bytes, 3, $bytes.Length - 3))) "
        '}"'
    )


def test_the_program_of_the_task_is_this_powershell(windows: EngineHost, linux: EngineHost) -> None:
    [said] = windows.run("Get-AovpnEngine")
    assert said.endswith("\\.engine\\win\\pwsh.exe")
    [home, message] = linux.run("$PSHOME\ntry { Get-AovpnEngine } catch { [string] $_ }")
    assert message == f"There is no {home}\\pwsh.exe to roll the host back with."


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-11-26T23:04:05Z", "2026-11-26T23:04:05.0000000Z"),
        ("2026-11-26T23:04:05+02:00", "2026-11-26T21:04:05.0000000Z"),
    ],
)
def test_a_time_of_a_task_is_read_as_utc(each_engine: EngineHost, text: str, time: str) -> None:
    assert each_engine.run(f"(ConvertTo-AovpnUtc -Text '{text}').ToString('o')") == [time]
