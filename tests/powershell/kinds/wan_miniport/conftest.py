"""A server with miniports and services of its own, which are gone after a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.powershell.host import EngineHost

from .server import CLASS, INTERFACES


@pytest.fixture(autouse=True)
def _server(stand_ins: EngineHost) -> Iterator[None]:
    yield
    stand_ins.run(
        "foreach ($one in 'RemoteAccess', 'RasMan') {\n"
        "if (-not (Get-Service $one -ErrorAction Ignore)) { continue }\n"
        "$id = (Get-CimInstance Win32_Service -Filter \"Name = '$one'\").ProcessId\n"
        "if ($id) { Stop-Process -Id $id -Force -ErrorAction Ignore }\n"
        "Remove-Service $one }\n"
        f"Remove-Item '{INTERFACES}', 'Registry::{CLASS}\\9*' -Recurse -ErrorAction Ignore"
    )
