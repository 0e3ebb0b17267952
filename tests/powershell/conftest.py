"""Real PowerShell sessions for tests: unmodified clients, the lab's front, an engine behind it."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

import aovpn_remediate as aovpn
from aovpn_remediate import transports
from aovpn_remediate.lab.powershell.hosts import RealPowerShell
from aovpn_remediate.lab.powershell.pool import ProcessPool
from aovpn_remediate.lab.server import Lab
from aovpn_remediate.transports.base import Session

from .build import ENGINE
from .engines import ENGINES

_USER, _PASSWORD = "lab", "secret"
_FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _FOLDER in item.path.parents:
            item.add_marker(pytest.mark.engine)


@pytest.fixture(scope="session", autouse=True)
def own_windows(worker_id: str) -> None:
    """Give each process of the suite a Windows of its own: its registry is shared state."""
    prefix = ENGINE / "prefix"
    if worker_id == "master" or not prefix.exists():
        return
    mine = ENGINE / f"prefix-{worker_id}"
    shutil.rmtree(mine, ignore_errors=True)
    shutil.copytree(prefix, mine, symlinks=True)
    os.environ["AOVPN_WINE_PREFIX"] = str(mine)


@dataclass
class EngineLab:
    """A lab whose hosts are a real PowerShell: every address is this machine."""

    lab: Lab
    pool: ProcessPool
    folder: Path
    _sessions: ExitStack = field(default_factory=ExitStack)

    def inventory(self, **connection: Any) -> Path:
        """An inventory of one host, `engine`."""
        plain = {"scheme": "http", "port": self.lab.port, "auth": "ntlm"}
        whole = {
            "all": {
                "connection": {**plain, **connection},
                "credential": {"username": _USER, "password": {"env": "AOVPN_LAB_PASSWORD"}},
            },
            "groups": {"servers": {"hosts": {"engine": {"address": "127.0.9.1"}}}},
        }
        path = self.folder / "fleet.yaml"
        path.write_text(yaml.safe_dump(whole))
        return path

    def connect(self, **connection: Any) -> Session:
        """A session with the host."""
        host = aovpn.load_inventory(self.inventory(**connection)).hosts["engine"]
        return transports.connect(host, secrets=lambda _: _PASSWORD, cancel=threading.Event())


@contextmanager
def serving(command: str, folder: Path, **options: Any) -> Iterator[EngineLab]:
    """A lab in front of a PowerShell; at its end no process of it is left."""
    pool = ProcessPool(command, **options)
    real = RealPowerShell(pool)
    try:
        with Lab(real, {_USER: _PASSWORD}, shells=real) as lab:
            yield EngineLab(lab, pool, folder)
    finally:
        real.close()


ServeEngine = Callable[..., EngineLab]


@pytest.fixture(params=ENGINES)
def serve_engine(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ServeEngine]:
    """Start a lab in front of an engine, with options of its pool."""
    engine = ENGINES[request.param]
    if engine.missing:
        pytest.skip(engine.missing)
    monkeypatch.setenv("AOVPN_LAB_PASSWORD", _PASSWORD)
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(
            serving(str(engine.program), tmp_path, **options)
        )
