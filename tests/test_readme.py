"""The README shows only commands and output that work as printed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from aovpn_remediate.cli import main
from aovpn_remediate.inventory.loader import load_inventory
from aovpn_remediate.lab.server import Lab
from aovpn_remediate.lab.windows import SimulatedWindows
from aovpn_remediate.lab.windows.fleet import Member, inventory_text
from aovpn_remediate.lab.windows.roles import nps
from aovpn_remediate.playbook.loader import load_playbook, shipped_playbooks

_README = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8")
_EXAMPLES = Path(__file__).parent / "inspect" / "certificates" / "examples"
_OLD = r"CORP\svc-old"
_FLEET = [
    Member("nps-01", ("nps",), "127.0.4.1", nps("nps-01")),
    Member("nps-02", ("nps",), "127.0.4.2", nps("nps-02", year=2019, ignore_no_revocation_check=1)),
    Member(
        "nps-03",
        ("nps",),
        "127.0.4.3",
        nps("nps-03").model_copy(update={"refuse_users": (_OLD,)}),
        _OLD,
    ),
]
_PROFILE = """<VPNProfile>
  <AlwaysOn>true</AlwaysOn>
  <DeviceTunnel>true</DeviceTunnel>
  <NativeProfile>
    <Servers>vpn.example.net;vpn.example.net</Servers>
    <RoutingPolicyType>SplitTunnel</RoutingPolicyType>
    <NativeProtocolType>IKEv2</NativeProtocolType>
    <Authentication><MachineMethod>Certificate</MachineMethod></Authentication>
  </NativeProfile>
  <Route>
    <Address>172.21.12.0</Address>
    <PrefixSize>21</PrefixSize>
  </Route>
</VPNProfile>
"""


def _blocks(language: str) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```", _README)


def test_the_console_shows_what_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LAB_PASSWORD", "secret")
    (tmp_path / "user.cer").write_bytes((_EXAMPLES / "user.cer").read_bytes())
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    windows = SimulatedWindows({member.address: member.seed for member in _FLEET})
    with Lab(windows, users={"lab": "secret", _OLD: "secret"}) as lab:
        text = inventory_text(_FLEET, port=lab.port, user="lab", password={"env": "LAB_PASSWORD"})
        Path("fleet.yaml").write_text(text)
        Path("device-tunnel.xml").write_text(_PROFILE)
        for block in _blocks("console"):
            command, _, expected = block.partition("\n")
            words = shlex.split(command.removeprefix("$ "))
            assert words[0] == "aovpn-remediate"
            result = CliRunner().invoke(main, words[1:])
            assert result.stdout == expected
        lab.assert_clean()


def test_the_inventory_loads(tmp_path: Path) -> None:
    others = [block for block in _blocks("yaml") if "hosts: rras  " not in block]
    whole, credential = others[:2]
    path = tmp_path / "fleet.yaml"
    path.write_text(whole)
    assert set(load_inventory(path).groups) >= {"nps", "rras", "connector", "vpn"}
    path.write_text(whole.replace("    vars:", f"{credential}    vars:"))
    assert load_inventory(path).hosts["connector-01"].credential.username == r"CORP\svc-vpn"


def test_the_windows_load(tmp_path: Path) -> None:
    [windows] = [block for block in _blocks("yaml") if "windows:" in block]
    (tmp_path / "waivers.yaml").write_text("[]\n")
    path = tmp_path / "fleet.yaml"
    path.write_text(f"{windows}groups: {{nps: {{hosts: [nps-01]}}}}\n")
    inventory = load_inventory(path)
    assert [str(w.zone) for w in inventory.hosts["nps-01"].windows] == ["Europe/Vienna"]
    assert inventory.waivers == tmp_path / "waivers.yaml"


def test_the_rules_of_groups_load(tmp_path: Path) -> None:
    floor, drift = (
        block for block in _blocks("yaml") if "keep_serving" in block or "drift:" in block
    )
    path = tmp_path / "fleet.yaml"
    path.write_text(floor)
    assert load_inventory(path).floors == {"rras": 3}
    path.write_text(drift)
    assert load_inventory(path).rules["nps"].drift == "fix"


def test_the_playbook_validates(tmp_path: Path) -> None:
    [block] = [block for block in _blocks("yaml") if "hosts: rras  " in block]
    path = tmp_path / "own.yaml"
    path.write_text(block)
    [step] = load_playbook(path).resolve({}).steps
    assert step.resource.model_dump()["at_least"] == 50
    assert step.then.services == ("RemoteAccess",)


def test_every_shipped_playbook_and_verb_is_named() -> None:
    for name in shipped_playbooks():
        assert f"`{name}`" in _README
        assert yaml.safe_load(load_playbook(name).source.path.read_text("utf-8"))["name"] == name
    for verb in main.commands:
        assert re.search(rf"[`\s]{verb}\b", _README), verb
    for command in re.findall(r"(?m)^aovpn-remediate (\S+)", _README):
        assert command in main.commands
