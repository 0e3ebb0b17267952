"""A plan and an apply with a restart on one simulated host, through the command line."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import yaml
from click.testing import CliRunner

from aovpn_remediate.cli import main
from aovpn_remediate.lab.server import Lab
from aovpn_remediate.lab.windows import HostSeed, SimulatedWindows
from aovpn_remediate.lab.windows.model import ServiceSeed, ValueSeed

DATA, SERVICE, ANSWER, SECRET = "wanted-zq7x", "ServiceZq7x", "found-zq7x", "secret-zq7x"
"""The values to find: texts that occur nowhere else."""

_ADDRESS = "127.0.5.1"
_KEY = r"HKLM\SOFTWARE\Trips"
_VARIABLE = "AOVPN_TRIPS_PASSWORD"
_PLAN = "change.plan.json"
_COMMON = ("--workers", "1", "--journal", "sqlite:///journal.sqlite")


@dataclass(frozen=True)
class Course:
    """The commands to run in order. Raises `AssertionError` at an unexpected result."""

    windows: SimulatedWindows

    def plan(self) -> None:
        """Plan the change and save the plan to a file."""
        shown = _type("plan", "trips.yaml", "-i", "fleet.yaml", "-o", _PLAN, exit_code=3)
        assert all(value in shown for value in (DATA, ANSWER, SERVICE)), shown

    def apply(self) -> None:
        """Apply the plan, including the restart of the service."""
        shown = _type("apply", _PLAN, "--yes", "--allow-restart", "--poll", "0.05")
        assert all(value in shown for value in (DATA, ANSWER, SERVICE)), shown
        assert [outage.what for outage in self.windows.history] == [SERVICE]


@contextmanager
def laid_out(on_restart: Callable[[], None]) -> Iterator[Course]:
    """Serve the host and write the playbook and inventory; call `on_restart` after a restart."""
    windows = _Watched({_ADDRESS: _seed()})
    windows.on_restart = on_restart
    with (
        tempfile.TemporaryDirectory() as folder,
        chdir(folder),
        mock.patch.dict(os.environ, {_VARIABLE: SECRET, "COLUMNS": "100"}),
        Lab(windows, {"lab": SECRET}) as lab,
    ):
        for name, content in (("trips", _playbook()), ("fleet", _inventory(lab.port))):
            Path(f"{name}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
        yield Course(windows)
        lab.assert_clean()


class _Watched(SimulatedWindows):
    on_restart: Callable[[], None]

    def run(self, host: str, script: str, session: dict[str, Any]) -> Iterator[Any]:
        for output in super().run(host, script, session):
            if self.history:
                self.on_restart()
            yield output


def _type(*words: str, exit_code: int = 0) -> str:
    result = CliRunner().invoke(main, [*words, *_COMMON])
    assert result.exit_code == exit_code, result.output
    return result.stdout


def _playbook() -> dict[str, Any]:
    value = {"key": _KEY, "name": "Setting", "type": "string", "data": DATA}
    step = {"id": "setting", "registry_value": value, "then": {"restart": [SERVICE]}}
    return {"name": "trips", "summary": "One setting", "hosts": "all", "steps": [step]}


def _inventory(port: int) -> dict[str, Any]:
    connection = {"scheme": "http", "port": port, "auth": "basic", "encryption": "never"}
    credential = {"username": "lab", "password": {"env": _VARIABLE}}
    return {
        "all": {"connection": connection, "credential": credential},
        "groups": {"servers": {"hosts": {"server-01": {"address": _ADDRESS}}}},
    }


def _seed() -> HostSeed:
    registry = {_KEY: {"Setting": ValueSeed(string=ANSWER)}}
    return HostSeed(name="SERVER-01", registry=registry, services={SERVICE: ServiceSeed()})
