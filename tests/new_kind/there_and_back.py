"""From the command line: `toy_clock` planned, applied, planned again, and rolled back."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from click.testing import CliRunner

from aovpn_remediate.cli import main
from aovpn_remediate.lab.server import Lab
from aovpn_remediate.lab.windows import SimulatedWindows
from aovpn_remediate.lab.windows.fleet import Member, inventory_text
from aovpn_remediate.lab.windows.model import AnswerSeed, HostSeed

_ADDRESS = "127.0.8.1"
_PLAYBOOK = """\
name: clocks
summary: The clock in the hall is right
hosts: all
steps:
  - id: hall
    toy_clock: {name: Hall, minutes: 0}
"""


def there_and_back(folder: Path) -> None:
    """Raises `AssertionError` where a verb does not say or do what it should."""
    os.environ |= {"LAB_PASSWORD": "secret", "XDG_STATE_HOME": str(folder / "state")}
    os.chdir(folder)
    hall = AnswerSeed(target={"Name": "Hall"}, answer={"minutes": 3, "chimes": True})
    seed = HostSeed(name="HOST", answers={"toy_clock": (hall,)})
    windows = SimulatedWindows({_ADDRESS: seed})
    Path("clocks.yaml").write_text(_PLAYBOOK, encoding="utf-8")
    with Lab(windows, users={"lab": "secret"}) as lab:
        fleet = inventory_text(
            [Member("host", ("clocks",), _ADDRESS, seed)],
            port=lab.port,
            user="lab",
            password={"env": "LAB_PASSWORD"},
        )
        Path("fleet.yaml").write_text(fleet, encoding="utf-8")
        before = windows.snapshot(_ADDRESS)
        planned = _said(3, "plan", "clocks.yaml", "-i", "fleet.yaml", "-o", "clocks.plan.json")
        assert "~ hall  clock Hall  minutes 3 -> minutes 0" in planned, planned
        _said(0, "apply", "clocks.plan.json", "--yes")
        assert windows.snapshot(_ADDRESS) != before
        assert "compliant" in _said(0, "plan", "clocks.yaml", "-i", "fleet.yaml")
        _said(0, "rollback", "last", "-i", "fleet.yaml", "--yes")
        assert windows.snapshot(_ADDRESS) == before
        lab.assert_clean()


def _said(code: int, *words: str) -> str:
    done = CliRunner().invoke(main, words, catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.output


if __name__ == "__main__":
    there_and_back(Path(sys.argv[1]))
