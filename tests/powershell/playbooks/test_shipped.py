"""Each shipped playbook from end to end: plan, apply, verify, rollback, on a real PowerShell."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from aovpn_remediate.assets import asset_dir
from tests.cli.conftest import document, work
from tests.powershell.arranged import STORE, forget
from tests.powershell.build import ENGINE
from tests.powershell.conftest import EngineLab
from tests.powershell.coverage.probes import note_playbook
from tests.powershell.host import EngineHost

_BROKEN: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("broken.yaml").read_text())
_PLAYBOOKS = sorted(path.stem for path in asset_dir("playbooks").glob("*.yaml"))
_CHECKS = [name for name in _PLAYBOOKS if "right" in _BROKEN.get(name, {})]
"""Those that only read."""
_SETTING = [name for name in _PLAYBOOKS if name not in _CHECKS]
_EACH = [*((name, "psrp") for name in _SETTING), (_SETTING[-1], "winrm")]
_PROGRAM = str(ENGINE / "services" / "service.exe").replace("/", "\\")
_SET_STAND_IN = f"""\
function Set-StandIn($Key, $Name, $Value) {{
    $path = "{STORE}\\$Key"
    if (-not (Test-Path -LiteralPath $path)) {{ $null = New-Item -Path $path -Force }}
    $types = @{{ Int32 = 'DWord'; 'Object[]' = 'MultiString'; String = 'String' }}
    $type = $types[$Value.GetType().Name]
    $null = New-ItemProperty -LiteralPath $path -Name $Name -PropertyType $type -Value $Value -Force
}}
"""


@dataclass
class Server:
    """A host that needs one playbook."""

    name: str
    host: EngineHost
    broken: Mapping[str, Any]

    def run(self, verb: str, *words: str) -> Any:
        """A verb with the playbook's variables; its document."""
        options = self.broken.get("options", [])
        result = work(verb, self.name, "-i", "fleet.yaml", "--format", "json", *options, *words)
        assert result.exception is None or isinstance(result.exception, SystemExit), result
        return document(result)

    def states(self, plan: Any) -> Any:
        """What was read of each step and each check."""
        [one] = plan["hosts"]
        assert one["error"] is None, one
        return [(step["id"], step["before"]) for step in one["steps"]]

    def actions(self, plan: Any) -> dict[str, str]:
        [one] = plan["hosts"]
        return {
            step["id"].partition("/")[2]: step["action"]
            for step in one["steps"]
            if step["action"] != "none"
        }

    def processes(self) -> dict[str, str]:
        """The process of each service of the playbook."""
        return {
            name: self.host.run(
                f"[string] (Get-CimInstance Win32_Service -Filter \"Name = '{name}'\").ProcessId"
            )[0]
            for name in self.broken.get("restarts", [])
        }


def test_each_shipped_playbook_has_a_host_that_needs_it() -> None:
    assert sorted(_BROKEN) == _PLAYBOOKS


@pytest.fixture
def server(
    request: pytest.FixtureRequest,
    windows: EngineHost,
    windows_lab: EngineLab,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Server]:
    """A host that needs a playbook, and is as before after the test."""
    name, transport = request.param
    broken = _BROKEN[name]
    monkeypatch.chdir(tmp_path)
    inventory = yaml.safe_load(windows_lab.inventory(transport=transport).read_text())
    group = yaml.safe_load((asset_dir("playbooks") / f"{name}.yaml").read_text())["hosts"]
    inventory["groups"] = {group: inventory["groups"]["servers"]}
    (tmp_path / "fleet.yaml").write_text(yaml.safe_dump(inventory))
    for file, source in broken.get("files", {}).items():
        shutil.copy(Path(__file__).parent / source, tmp_path / file)
    forget(windows)
    for service in broken.get("services", []):
        windows.run(
            f"$null = New-Service -Name {service} -BinaryPathName '\"Z:{_PROGRAM}\"' "
            f"-StartupType Manual\nStart-Service {service}"
        )
    windows.run(_SET_STAND_IN + broken["arrange"])
    yield Server(name, windows, broken)
    for service in broken.get("services", []):
        windows.run(f"Stop-Service {service} -Force\nRemove-Service {service}")
    windows.run(broken.get("undo", ""))
    for key in broken.get("forget", []):
        windows.run(f"Remove-Item 'HKLM:\\{key}' -Recurse -ErrorAction Ignore")
    forget(windows)


@pytest.mark.parametrize("server", _EACH, ids="-".join, indirect=True)
def test_a_playbook_there_and_back(server: Server) -> None:
    changes, manual = server.broken["changes"], server.broken.get("manual", [])
    cured = server.broken.get("cured", [])
    plan = server.run("plan")
    was = server.states(plan)
    by_hand = dict.fromkeys(manual, "manual")
    actions = server.actions(plan)
    assert {name: action for name, action in actions.items() if action == "manual"} == by_hand
    assert [name for name in actions if name not in by_hand] == changes
    processes = server.processes()
    allow = [*server.broken.get("allow", []), "--poll", "1", "--stable-for", "0.1"]
    run = server.run("apply", "--yes", *allow)
    [applied] = run["hosts"]
    steps = {step["id"].partition("/")[2]: step for step in applied["steps"]}
    assert {name: steps[name]["before"] for name in actions} == {
        name: before for step, before in was if (name := step.partition("/")[2]) in actions
    }, "a plan changes nothing"
    assert {name: step["status"] for name, step in steps.items() if name in actions} == (
        by_hand | dict.fromkeys(changes, "changed")
    )
    after = server.processes()
    assert all(processes[name] != after[name] != "0" for name in processes)

    assert server.actions(server.run("verify")) == by_hand
    twice = server.run("apply", "--yes", *allow)
    # A plan where there is nothing to do; a run where a reboot is still pending.
    [again] = twice["hosts"]
    assert not [
        step
        for step in again["steps"]
        if step["id"].partition("/")[2] not in by_hand
        and step.get("status", step.get("action")) not in ("none", "unchanged")
    ]

    # Of what changes RRAS; and of the playbook that has no steps, each time.
    is_backed_up = server.name.startswith("rras-") and (changes or not steps)
    assert [one["status"] for one in applied.get("backups", [])] == ["taken"] * bool(is_backed_up)
    if not steps:
        assert [one["status"] for one in again["backups"]] == ["taken"]
        note_playbook(server.name)
        return
    words = ("-i", "fleet.yaml", "--yes", "--format", "json", *allow)
    back = document(work("rollback", run["id"], *words))
    assert {step["id"].partition("/")[2]: step["status"] for step in back["hosts"][0]["steps"]} == {
        name: "changed" for name in changes if name not in cured
    }
    now = server.states(server.run("plan"))
    assert [one for one in now if one[0].partition("/")[2] not in cured] == [
        one for one in was if one[0].partition("/")[2] not in cured
    ]
    note_playbook(server.name)


@pytest.mark.parametrize(
    "server", [(name, "psrp") for name in _CHECKS], ids="-".join, indirect=True
)
def test_a_playbook_that_only_reads(server: Server) -> None:
    """What is wrong needs a person, what is right nothing, and what cannot be read is told."""
    manual = dict.fromkeys(server.broken["manual"], "manual")
    for verb in ("plan", "verify"):
        assert server.actions(server.run(verb)) == manual
    server.host.run(_SET_STAND_IN + server.broken["right"])
    for verb in ("plan", "verify"):
        assert server.actions(server.run(verb)) == {}
    if "unreadable" in server.broken:
        server.host.run(_SET_STAND_IN + server.broken["unreadable"])
        [host] = server.run("plan")["hosts"]
        reasons = [step["reason"] for step in host["steps"] if not step["readable"]]
        assert len(reasons) == len(manual)
        assert all(server.broken["because"] in reason for reason in reasons), reasons
    note_playbook(server.name)
