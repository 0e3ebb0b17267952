"""A VPN server with settings of its own, which are gone after a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.host import EngineHost

from .server import CLASS, NAME, SERVICE, miniport


@pytest.fixture(autouse=True)
def _server(stand_ins: EngineHost) -> Iterator[None]:
    """A VPN server with a setting of its own and three miniports, of which one is none of ours."""
    made = [
        f"$null = New-Item '{SERVICE}\\Parameters\\Ikev2' -Force",
        f"$null = New-ItemProperty '{SERVICE}\\Parameters\\Ikev2' -Name {literal(NAME)} -Value 5",
    ]
    for number, device in (("9001", "MS_SstpMiniport"), ("9002", "ms_pppoeminiport")):
        made.append(miniport(number, device))
    made += [miniport("9003", "ms_ndiswanip"), miniport("9x04", "ms_l2tpminiport")]
    stand_ins.run("\n".join(made))
    yield
    stand_ins.run(
        f"Remove-Item '{SERVICE}' -Recurse\nRemove-Item '{CLASS}\\9*' -Recurse\n"
        f"Remove-Item ([IO.Path]::GetTempPath() + 'aovpn-*') -Recurse"
    )
