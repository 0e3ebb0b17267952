"""A backup as a whole: its parts, the folder that it is made in, and its pieces."""

from __future__ import annotations

import base64
import json

import pytest

from aovpn_remediate.engine.apply.backup_answer import read_backup
from aovpn_remediate.errors import BackupFailed
from tests.powershell.host import EngineHost

from .server import READINGS, lines, taken

_TEMPORARY = "@([IO.Directory]::GetDirectories([IO.Path]::GetTempPath(), 'aovpn-*')).Count"


def test_every_part_is_read_and_nothing_is_left_behind(windows: EngineHost) -> None:
    found = taken(windows)
    assert found.missing == ()
    assert list(found.files) == [
        "netsh-ras-dump.txt",
        "RemoteAccess.reg",
        "miniport-sstp-9001.reg",
        "miniport-pppoe-9002.reg",
        *READINGS,
    ]
    assert found.time.startswith("20")
    assert windows.run(_TEMPORARY) == ["0"]


def test_a_reason_is_one_line(each_engine: EngineHost) -> None:
    script = '(Read-AovpnPart -Part a.txt -Read { throw " Not`r`n\t configured. " }).reason'
    assert each_engine.run(script) == ["Not configured."]


def test_a_host_where_nothing_can_be_read_has_no_backup(linux: EngineHost) -> None:
    folder = "function New-AovpnFolder { [CmdletBinding()] param($Path, $Rights) $null = "
    folder += "[IO.Directory]::CreateDirectory($Path) }\n"
    me = "function Get-AovpnRrasParts { Read-AovpnPart -Part 'a.txt' -Read { throw 'denied' } }"
    with pytest.raises(BackupFailed, match=r"nothing could be read \(a\.txt: denied\)"):
        taken(linux, folder + me)


def test_a_failure_of_the_whole_is_told(windows: EngineHost) -> None:
    full = "function New-AovpnFolder { [CmdletBinding()] param($Path, $Rights) throw 'disk full' }"
    with pytest.raises(BackupFailed, match=r"^disk full$"):
        taken(windows, full)


def test_the_folder_is_taken_away_after_a_failure_as_well(windows: EngineHost) -> None:
    fault = "function Find-AovpnBackupMiniports { throw 'broken' }"
    with pytest.raises(BackupFailed, match=r"^broken$"):
        taken(windows, fault)
    assert windows.run(_TEMPORARY) == ["0"]


def test_the_folder_is_for_administrators_and_the_account_alone(windows: EngineHost) -> None:
    seen = (
        "function Find-AovpnBackupMiniports { $global:Seen = (Get-Acl -LiteralPath "
        "([IO.Directory]::GetDirectories([IO.Path]::GetTempPath(), 'aovpn-*')[0])).Sddl }"
    )
    taken(windows, seen)
    [sddl, me] = windows.run("$Seen\n[Security.Principal.WindowsIdentity]::GetCurrent().User.Value")
    rights = sddl.partition("D:")[2]
    assert rights.startswith("P")
    assert set(rights.partition("(")[2].removesuffix(")").split(")(")) <= {
        "A;OICI;FA;;;SY",
        "A;OICI;FA;;;BA",
        f"A;OICI;FA;;;{me}",
        "A;OICI;FA;;;LA",
    }


def test_a_large_file_comes_in_pieces(windows: EngineHost) -> None:
    large = (
        "function Get-AovpnRasDump { [CmdletBinding()] param() "
        "$bytes = [byte[]]::new(200000); [Random]::new(1).NextBytes($bytes); @{ bytes = $bytes } }"
    )
    said = [json.loads(line) for line in lines(windows, large)]
    pieces = [one["piece"] for one in said if "piece" in one and "ras-dump" in one["part"]]
    assert pieces == [0, 1, 2, 3, 4]
    assert len(read_backup(map(json.dumps, said), "rras").files["netsh-ras-dump.txt"]) == 200000


@pytest.mark.parametrize("size", [49152, 49153])
def test_a_piece_is_full_before_the_next_begins(each_engine: EngineHost, size: int) -> None:
    script = f"ConvertTo-AovpnPieces -Part a.txt -Bytes ([byte[]]::new({size}))"
    [head, *pieces] = each_engine.records(script)
    assert head["pieces"] == len(pieces) == -(-size // 49152)
    assert sum(len(base64.b64decode(one["data"])) for one in pieces) == size


@pytest.mark.parametrize(
    ("size", "reason"),
    [(8388608, None), (8388609, "It has 8388609 bytes, more than 8388608."), (0, "It is empty.")],
)
def test_a_part_has_its_limits(each_engine: EngineHost, size: int, reason: str | None) -> None:
    said = each_engine.record(
        f"$part = Read-AovpnPart -Part a.txt -Read {{ @{{ bytes = [byte[]]::new({size}) }} }}\n"
        "ConvertTo-AovpnText @{ reason = $part.reason; none = $null -eq $part.bytes }"
    )
    assert said == {"reason": reason, "none": reason is not None}
