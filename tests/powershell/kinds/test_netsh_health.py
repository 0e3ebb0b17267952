"""netsh for RRAS: a program of its name stands in, and says what a real one says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.arranged import STORE, store
from tests.powershell.host import EngineHost

_KIND = "AovpnNetshHealth"
_CLASS = (
    r"Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Class"
    r"\{4D36E972-E325-11CE-BFC1-08002BE10318}"
)
_SERVICE = r"Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\RemoteAccess"
_NETSH = r"C:\windows\System32\netsh.exe"
_WORKS = {"fault": "none", "code": 0, "said": ""}
_NOT_CONFIGURED = (
    "RRAS is not configured on this host: its service RemoteAccess is disabled or missing."
)


@pytest.fixture(autouse=True)
def _router(stand_ins: EngineHost) -> Iterator[None]:
    miniport = f"{_CLASS}\\9001"
    stand_ins.run(
        f"$null = New-Item '{_SERVICE}' -Force\n"
        f"$null = New-ItemProperty '{_SERVICE}' -Name Start -Value 2\n"
        f"$null = New-Item '{miniport}' -Force\n"
        f"$null = New-ItemProperty '{miniport}' -Name DriverDesc -Value 'WAN Miniport (SSTP)'"
    )
    yield
    stand_ins.run(f"Remove-Item '{_SERVICE}', '{miniport}' -Recurse -ErrorAction Ignore")


def says(data: bytes) -> str:
    """A script after which netsh writes these bytes and nothing else."""
    path = literal(f"{STORE}\\netsh")
    return (
        f"if (-not (Test-Path {path})) {{ $null = New-Item {path} -Force }}\n"
        f"$null = New-ItemProperty {path} -Name RasSays -PropertyType Binary "
        f"-Value ([byte[]] {literal(list(data))}) -Force"
    )


def error(code: int, *, exit_code: int | None = None) -> str:
    """A script after which netsh ends with a Win32 error in the words of the host."""
    script = store("netsh", "RasError", code)
    return script if exit_code is None else f"{script}\n{store('netsh', 'RasExit', exit_code)}"


def speaking(words: str) -> str:
    """A script after which Windows has these words for every error."""
    return (
        "function New-Object { [CmdletBinding()] param($TypeName, $ArgumentList)\n"
        "if ($TypeName -eq 'System.ComponentModel.Win32Exception') "
        f"{{ return [pscustomobject] @{{ Message = {literal(words)} }} }}\n"
        "Microsoft.PowerShell.Utility\\New-Object -TypeName $TypeName "
        "-ArgumentList @($ArgumentList | Where-Object { $null -ne $_ }) }"
    )


def refusal(host: EngineHost, arrange: str) -> str:
    record = host.record(f"{arrange}\nInvoke-AovpnStep -Id x -Kind {_KIND} -Target @{{}}")
    assert not record["ok"], record
    return str(record["error"]["message"])


def test_a_netsh_that_tells_the_ports_works(windows: EngineHost) -> None:
    assert windows.read(_KIND, {}) == _WORKS


def test_it_fails_as_on_server_2025(windows: EngineHost) -> None:
    [words] = windows.run("[ComponentModel.Win32Exception]::new(1702).Message")
    found = windows.read(_KIND, {}, arrange=error(1702))
    assert found == {"fault": "1702", "code": 1, "said": words}


@pytest.mark.parametrize("code", [0, 5])
def test_the_words_of_the_error_tell_whatever_the_exit_code(windows: EngineHost, code: int) -> None:
    assert windows.read(_KIND, {}, arrange=error(1702, exit_code=code))["fault"] == "1702"


def test_the_error_as_an_exit_code_tells_without_words(windows: EngineHost) -> None:
    arrange = f"{says(b'')}\n{store('netsh', 'RasExit', 1702)}"
    assert windows.read(_KIND, {}, arrange=arrange) == {"fault": "1702", "code": 1702, "said": ""}


_GERMAN = "Das Handle f\u00fcr die Bindung ist ung\u00fcltig."
_JAPANESE = "\u30d0\u30a4\u30f3\u30c9 \u30cf\u30f3\u30c9\u30eb\u304c\u7121\u52b9\u3067\u3059\u3002"


@pytest.mark.parametrize(
    ("words", "page"), [(_GERMAN, "cp437"), (_GERMAN, "cp1252"), (_JAPANESE, "utf-8")]
)
def test_any_language_in_any_code_page_is_understood(
    windows: EngineHost, words: str, page: str
) -> None:
    broken = words.replace(" ", "\r\n ", 1)
    arrange = f"{says(broken.encode(page))}\n{speaking(words)}"
    assert windows.read(_KIND, {}, arrange=arrange)["fault"] == "1702"
    assert windows.read(_KIND, {}, arrange=f"{arrange}\n{speaking('other')}") == _WORKS


def test_another_exit_code_is_told_with_the_words(windows: EngineHost) -> None:
    words = b" one\r\n  two" + b"x" * 300
    arrange = f"{says(words)}\n{store('netsh', 'RasExit', 7)}"
    found = windows.read(_KIND, {}, arrange=arrange)
    assert found == {"fault": "exit", "code": 7, "said": "one two" + "x" * 193}


@pytest.mark.parametrize("data", [b"", b" \r\n\t"])
def test_silence_is_a_fault(windows: EngineHost, data: bytes) -> None:
    assert windows.read(_KIND, {}, arrange=says(data)) == {"fault": "empty", "code": 0, "said": ""}


@pytest.mark.parametrize(
    "arrange",
    [error(5), error(5, exit_code=7), error(740, exit_code=740)],
    ids=["by words", "by words with another code", "by the exit code"],
)
def test_an_account_that_may_not_ask_is_no_fault_of_netsh(
    windows: EngineHost, arrange: str
) -> None:
    said = refusal(windows, arrange)
    assert said.startswith("netsh ras refuses this account: reading it needs an administrator")


def test_words_of_a_refusal_in_a_good_answer_are_none(windows: EngineHost) -> None:
    assert windows.read(_KIND, {}, arrange=error(5, exit_code=0)) == _WORKS


def test_a_program_that_hangs_is_ended(windows: EngineHost) -> None:
    began = time.monotonic()
    call = f"Invoke-AovpnProgram -Path {_NETSH} -Words 'ras show wanports' -Seconds 1"
    hangs = store("netsh", "RasHangs", 1)
    found: Any = windows.record(f"{hangs}\nConvertTo-AovpnText ({call})")
    assert found == {"code": None, "said": ""}
    assert time.monotonic() - began < 15
    processes = "@(Get-CimInstance Win32_Process -Filter \"Name = 'netsh.exe'\").Count"
    assert windows.run(f"[string] {processes}") == ["0"]


def test_a_probe_that_does_not_end_is_a_fault(windows: EngineHost) -> None:
    hangs = "function Invoke-AovpnProgram { param($Path, $Words, $Seconds) "
    hangs += "if ($Seconds -eq 30) { @{ code = $null; said = 'one' } } }"
    found = windows.read(_KIND, {}, arrange=hangs)
    assert found == {"fault": "deadline", "code": None, "said": "one"}


def test_a_pipe_that_stays_open_is_told(windows: EngineHost) -> None:
    """A program whose child has its output and outlives it."""
    call = "Invoke-AovpnProgram -Path C:\\windows\\System32\\cmd.exe "
    call += "-Words '/c start /b netsh ras show wanports' -Seconds 20"
    with pytest.raises(Exception, match=r"The output of C:\\windows\\System32\\cmd.exe has no end"):
        windows.run(f"{store('netsh', 'RasHangs', 1)}\n$null = {call}")
    windows.run("Get-Process netsh -ErrorAction Ignore | Stop-Process -Force")


@pytest.mark.parametrize(
    "arrange",
    [f"Set-ItemProperty '{_SERVICE}' -Name Start -Value 4", f"Remove-Item '{_SERVICE}'"],
    ids=["disabled", "missing"],
)
def test_a_host_without_rras_says_so(windows: EngineHost, arrange: str) -> None:
    assert refusal(windows, arrange) == _NOT_CONFIGURED
