"""A new kind that wraps one cmdlet, on a real PowerShell with a stand-in module: an example."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.new_kind.toy_clock import ToyClock

from .arranged import store
from .host import EngineHost

_FOLDER = Path(__file__).parents[1] / "new_kind"
_KIND = ToyClock(name="Hall", minutes=0).function


@pytest.fixture(autouse=True)
def _clock(stand_ins: EngineHost) -> None:
    module = str(_FOLDER / "Toys" / "Toys.psm1").replace("/", "\\")
    stand_ins.load(f"Import-Module -Force 'Z:{module}'")
    stand_ins.load((_FOLDER / "toy_clock.ps1").read_text("utf-8"))
    for name, value in {"Minutes": 5, "Chimes": 1}.items():
        stand_ins.run(store(r"Toys\Hall", name, value))


def test_a_clock_is_read(windows: EngineHost) -> None:
    assert windows.read(_KIND, {"Name": "Hall"}) == {"minutes": 5, "chimes": True}
    assert windows.read(_KIND, {"Name": "Attic"}) is None


def test_a_clock_is_set_and_set_back(windows: EngineHost) -> None:
    done = windows.set(_KIND, {"Name": "Hall"}, {"minutes": 0, "chimes": False})
    assert done["ok"], done
    assert json.loads(done["after"]) == {"minutes": 0, "chimes": False}
    assert windows.set(_KIND, {"Name": "Hall"}, json.loads(done["before"]))["ok"]
    assert windows.read(_KIND, {"Name": "Hall"}) == {"minutes": 5, "chimes": True}


def test_what_the_cmdlet_refuses_is_told(windows: EngineHost) -> None:
    done = windows.set(_KIND, {"Name": "Hall"}, {"minutes": 60})
    assert (done["ok"], done["error"]["message"]) == (
        False,
        "A clock is fast by 59 minutes at most.",
    )
