"""`drift files`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Fleet, cli

from .conftest import INVENTORY


def test_files_on_stdout_and_in_a_folder(assigned_fleet: Fleet) -> None:
    words = ("drift", "files", "systemd", *INVENTORY, "--every", "1h", "--program", "/opt/a/aovpn")
    shown = cli(*words)
    assert shown.exit_code == 0
    assert shown.stdout.count("#### aovpn-remediate-drift") == 3
    assert f"-i {assigned_fleet.folder}/fleet.yaml --every 1h" in shown.stdout
    assert f"LoadCredential={str(assigned_fleet.folder / 'password')[1:].replace('/', '-')}:" in (
        shown.stdout
    )
    written = cli(*words, "-o", "new/units")
    assert written.stdout.splitlines() == [f"new/units/{path.name}" for path in _made("new/units")]
    assert cli(*words, "-o", "fleet.yaml").exit_code == 2

    container = cli("drift", "files", "container", *INVENTORY, "--every", "90s", "--jitter", "10s")
    assert json.loads(container.stdout.splitlines()[-1].removeprefix("CMD "))[4:8] == [
        *("--every", "90s", "--jitter", "10s")
    ]


def test_a_script_is_read_alike_in_any_code_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("drift", "files", "windows", "-i", "C:\\ESPA\u00d1A\\fleet.yaml", "--every", "1h")
    shown = cli(*words)
    assert shown.stdout.isascii()
    assert "(-join @('drift run -i C:\\ESPA', [char]209, 'A\\fleet.yaml --every 1h'))" in (
        shown.stdout
    )
    assert cli(*words, "-o", ".").exit_code == 0
    written = Path("register-task.ps1").read_bytes()
    assert written.startswith(b"\xef\xbb\xbf# Written by")
    assert "-i C:\\ESPA\u00d1A\\fleet.yaml".encode() in written


def _made(folder: str) -> list[Path]:
    names = ("drift.service", "drift-once.service", "drift-once.timer")
    found = [Path(folder) / f"aovpn-remediate-{name}" for name in names]
    assert all(path.is_file() for path in found)
    return found


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ({"prompt": True}, "a service cannot ask"),
        ({"keyring": "a/b"}, "cannot use your keyring"),
        ({"env": "AOVPN_PASSWORD"}, "environment variable AOVPN_PASSWORD"),
    ],
)
def test_files_warn_of_passwords_that_a_service_cannot_get(
    fleet: Fleet, reference: dict[str, Any], why: str
) -> None:
    fleet.write_inventory(reference)
    shown = cli("drift", "files", "systemd", *INVENTORY, "--every", "1h")
    assert shown.exit_code == 0
    assert why in shown.stderr
    assert "LoadCredential" not in shown.stdout


def test_files_for_another_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shown = cli("drift", "files", "systemd", "-i", "gone.yaml", "--every", "1h")
    assert shown.exit_code == 0
    assert "gone.yaml does not exist here" in shown.stderr
    windows = cli("drift", "files", "windows", "-i", r"C:\a\fleet.yaml", "--every", "1h")
    assert r"-i C:\a\fleet.yaml --every 1h" in windows.stdout
    wrong = cli("drift", "files", "windows", "-i", "fleet.yaml", "--every", "1h")
    assert (wrong.exit_code, "of the Windows machine" in wrong.stderr) == (2, True)
    wrong = cli(
        *("drift", "files", "container", "-i", "x.yaml", "--every", "1h"),
        *("--metrics", "127.0.0.1:0"),
    )
    assert (wrong.exit_code, "needs a port other than 0" in wrong.stderr) == (2, True)
