"""The wheel holds what the product needs, and plans from a fresh environment."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from aovpn_remediate.lab.server import Lab
from aovpn_remediate.lab.windows import SimulatedWindows
from aovpn_remediate.lab.windows.roles import nps

_ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--wheel", "--no-isolation", "--outdir", str(folder)]
    command = [sys.executable, "-m", "build", *options, str(_ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    [built] = folder.glob("*.whl")
    return built


def test_the_wheel_holds_playbooks_and_templates(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("aovpn_remediate/")}
    wanted = {
        f"aovpn_remediate/{path.relative_to(_ROOT).as_posix()}"
        for folder in ("playbooks", "templates")
        for path in (_ROOT / folder).rglob("*")
        if path.is_file()
    }
    wanted |= {
        path.relative_to(_ROOT).as_posix()
        for path in (_ROOT / "aovpn_remediate").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == wanted


@pytest.mark.long
def test_it_plans_from_a_fresh_environment(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    binaries = tmp_path / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    pip = [str(binaries / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True)
    windows = SimulatedWindows({"127.0.5.1": nps("NPS-01")})
    with Lab(windows, users={"lab": "secret"}) as lab:
        inventory = tmp_path / "fleet.yaml"
        inventory.write_text(
            f"all:\n  connection: {{scheme: http, port: {lab.port}, auth: ntlm}}\n"
            "  credential: {username: lab, password: {env: AOVPN_LAB_PASSWORD}}\n"
            "groups:\n  nps:\n    hosts:\n      nps-01: {address: 127.0.5.1}\n"
        )
        done = subprocess.run(
            [
                str(binaries / "aovpn-remediate"),
                *("plan", "nps-ignore-no-revocation-check", "-i", str(inventory)),
                *("--journal", f"sqlite:///{tmp_path}/journal.sqlite"),
            ],
            cwd=tmp_path,
            env={"AOVPN_LAB_PASSWORD": "secret", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        lab.assert_clean()
    assert done.returncode == 3, done.stderr
    assert "absent -> dword 1" in done.stdout
