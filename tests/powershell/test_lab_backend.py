"""`lab --backend`: a script of a person's own is tried on a real PowerShell."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import work
from tests.cli.terminal.on_terminal import CTRL_C, Terminal

from .engines import LINUX

_PLAYBOOK = """\
name: own
summary: A service that is not there
hosts: servers
steps:
  - id: step
    service: {name: IAS, exists: true}
"""


@pytest.mark.skipif(bool(LINUX.missing), reason=LINUX.missing)
def test_a_playbook_is_planned_on_a_real_powershell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.yaml").write_text(_PLAYBOOK)
    with Terminal("lab", "--backend", str(LINUX.program), folder=tmp_path) as terminal:
        terminal.wait_for("A REAL PowerShell")
        terminal.wait_for("Press Ctrl-C to end the lab.")
        planned = work("plan", "own.yaml", "-i", "lab-fleet.yaml")
        assert planned.exit_code == 1, planned.output  # Linux has no services
        assert "could not be read" in planned.stdout
        terminal.type(CTRL_C)
        assert terminal.end() == 0
