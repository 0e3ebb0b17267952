from __future__ import annotations

from pathlib import Path

import pytest

from aovpn_remediate.errors import InputError, UsageError
from aovpn_remediate.lab.windows import SimulatedWindows, load_seed
from aovpn_remediate.lab.windows.registry import Value
from tests.lab.windows.batches import Bench

TEXT = r"""
127.1.0.1: &nps
  name: NPS-01
  os: {name: Windows Server 2019 Standard, build: 17763, ubr: 7136}
  registry:
    'HKLM\SOFTWARE\X':
      Number: {dword: 4294967295}
      Bytes: {binary: '01 FF'}
    'HKLM\SOFTWARE\Empty': {}
  services:
    IAS: {startup: automatic_delayed, alone: false}
  vpn: not configured
  quirks: {does_not_hold: [IAS]}
127.1.0.2:
  <<: *nps
  name: NPS-02
  down: true
"""


def test_a_seed_file_describes_hosts_by_address(tmp_path: Path) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text(TEXT, encoding="utf-8")

    windows = SimulatedWindows(load_seed(path))

    host = windows.state("127.1.0.1")
    assert host.registry.get(r"HKLM\SOFTWARE\X", "number") == Value("DWord", 4294967295)
    assert host.registry.get(r"HKLM\SOFTWARE\X", "Bytes") == Value("Binary", (1, 255))
    assert host.registry.find(r"HKEY_LOCAL_MACHINE\SOFTWARE\Empty") is not None
    assert windows.up("127.1.0.1")
    assert not windows.up("127.1.0.2")
    assert windows.state("127.1.0.2").seed.name == "NPS-02"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: {nam: x}", "a.nam"),
        ("a: {name: x, registry: {'HKXX\\X': {}}}", "must begin with a hive"),
        (
            "a: {name: x, registry: {'HKLM\\X': {Y: {dword: 1, string: x}}}}",
            "set exactly one of: dword",
        ),
        ("a: {name: x, registry: {'HKLM\\X': {Y: {dword: 4294967296}}}}", "4294967296"),
        ("a: {name: x, registry: {'HKLM\\X': {Y: {binary: xyz}}}}", "hex"),
        ("a: {name: x, quirks: {dies: 1}}", "quirks.dies"),
        ("a: {name", "is not YAML"),
        ("- a", "dictionary"),
    ],
)
def test_an_invalid_seed_is_reported_with_its_location(
    tmp_path: Path, text: str, problem: str
) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(InputError, match=problem):
        load_seed(path)


def test_a_quirk_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown kind or fact: registry"):
        Bench(quirks={"unreadable": {"registry": "x"}})


def test_a_missing_seed_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_seed(tmp_path / "none.yaml")


def test_hosts_of_one_seed_share_no_mutable_state() -> None:
    one, other = Bench(rights={"SeX": ["S-1-1-0"]}), Bench(rights={"SeX": ["S-1-1-0"]})
    seed = one.host.seed
    windows = SimulatedWindows({"127.1.0.1": seed, "127.1.0.2": seed}, clock=other.clock)
    windows.state("127.1.0.1").registry.set(r"HKLM\X", "Y", Value("DWord", 1))
    windows.state("127.1.0.1").rights["SeX"].clear()
    windows.state("127.1.0.1").quirks.slow = 9

    assert windows.snapshot("127.1.0.2") == other.windows.snapshot("127.1.0.1")
    assert windows.state("127.1.0.2").quirks.slow == 0
