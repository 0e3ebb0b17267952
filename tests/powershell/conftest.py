"""Real PowerShell sessions for tests: unmodified clients, the lab's front, an engine behind it."""

from __future__ import annotations

import os
import shutil
import subprocess
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

from .arranged import Services, forget
from .build import ENGINE
from .counts import note_fixture
from .engines import ENGINES
from .host import EngineHost

_USER, _PASSWORD = "lab", "secret"
_FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _FOLDER in item.path.parents:
            item.add_marker(pytest.mark.engine)
            note_fixture(item)


def _copy_unless_program(source: str, target: str) -> None:
    """Copy a file; what belongs to Wine itself is never written to, and is linked."""
    if source.endswith((".dll", ".exe", ".sys", ".drv", ".ocx", ".ttf", ".nls")):
        os.link(source, target)
    else:
        shutil.copy2(source, target)


@pytest.fixture(scope="session", autouse=True)
def own_windows(worker_id: str) -> None:
    """Give each process of the suite a Windows of its own and as new: its registry is state."""
    prefix = ENGINE / "prefix"
    if not prefix.exists():
        return
    mine = ENGINE / f"prefix-{worker_id}"
    # The server of an earlier run lives on for a while, and answers for a folder by its inode.
    subprocess.run(["wineserver", "-k"], env={**os.environ, "WINEPREFIX": str(mine)}, check=False)
    shutil.rmtree(mine, ignore_errors=True)
    shutil.copytree(prefix, mine, symlinks=True, copy_function=_copy_unless_program)
    os.environ["AOVPN_WINE_PREFIX"] = str(mine)
    # Started by a session, the services of Windows would keep its streams open beyond its end.
    script = f'. "{ENGINE}/wine.env"; wineserver -p60; exec wineboot'
    quiet = subprocess.DEVNULL
    subprocess.run(["sh", "-c", script], stdin=quiet, stdout=quiet, stderr=quiet, check=False)


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
    # The tests of a module share a session, on a busy machine for long.
    pool = ProcessPool(command, **{"seconds": 3600.0, **options})
    real = RealPowerShell(pool)
    try:
        with Lab(real, {_USER: _PASSWORD}, shells=real, max_commands=10_000) as lab:
            yield EngineLab(lab, pool, folder)
    finally:
        real.close()


LabOf = Callable[[str], EngineLab]
ServeEngine = Callable[..., EngineLab]


@pytest.fixture(scope="session")
def lab_of(own_windows: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabOf]:
    """The lab of an engine, which all tests of a process share; skips where it is not built."""
    del own_windows
    os.environ["AOVPN_LAB_PASSWORD"] = _PASSWORD
    labs: dict[str, EngineLab] = {}
    with ExitStack() as stack:

        def start(name: str) -> EngineLab:
            engine = ENGINES[name]
            if engine.missing:
                pytest.skip(engine.missing)
            if name not in labs:
                folder = tmp_path_factory.mktemp(name)
                labs[name] = stack.enter_context(serving(str(engine.program), folder, warm=1))
            return labs[name]

        yield start


@pytest.fixture
def linux_lab(lab_of: LabOf) -> EngineLab:
    """The lab in front of PowerShell for Linux: a session for each connection."""
    return lab_of("linux")


@pytest.fixture
def windows_lab(lab_of: LabOf) -> EngineLab:
    """The lab in front of PowerShell for Windows: a session for each connection."""
    return lab_of("windows")


@contextmanager
def _host(lab_of: LabOf, engine: str) -> Iterator[EngineHost]:
    with lab_of(engine).connect() as session:
        yield EngineHost(engine, session)


@pytest.fixture(scope="module")
def linux(lab_of: LabOf) -> Iterator[EngineHost]:
    """PowerShell for Linux: one session, which the tests of a module share."""
    with _host(lab_of, "linux") as host:
        yield host


@pytest.fixture(scope="module")
def windows(lab_of: LabOf) -> Iterator[EngineHost]:
    """PowerShell for Windows: one session, which the tests of a module share."""
    with _host(lab_of, "windows") as host:
        yield host


@pytest.fixture(scope="module", params=ENGINES)
def each_engine(request: pytest.FixtureRequest, lab_of: LabOf) -> Iterator[EngineHost]:
    """Each PowerShell in turn: one session, which the tests of a module share."""
    with _host(lab_of, request.param) as host:
        yield host


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


@pytest.fixture
def key(windows: EngineHost) -> Iterator[str]:
    """A key of the registry that is not there yet, by its long name; gone after the test."""
    key = r"HKEY_LOCAL_MACHINE\SOFTWARE\AovpnRemediateTest"
    yield key
    windows.run(f"Remove-Item -LiteralPath 'Registry::{key}' -Recurse -ErrorAction Ignore")


@pytest.fixture
def services(windows: EngineHost) -> Iterator[Services]:
    """Services of the test's own; gone after it."""
    made = Services(windows)
    yield made
    made.forget()


@pytest.fixture
def stand_ins(windows: EngineHost) -> Iterator[EngineHost]:
    """The Windows engine, whose stand-ins have no state before the test and after it."""
    forget(windows)
    yield windows
    forget(windows)
