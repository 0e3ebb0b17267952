"""The kinds that want a backup before they are set, and those that do not."""

from __future__ import annotations

import pytest

from aovpn_remediate.resources import KINDS
from aovpn_remediate.resources.registry_value import RegistryValue

_SERVICES = r"HKLM\SYSTEM\CurrentControlSet\Services"


def value(key: str) -> RegistryValue:
    return RegistryValue(key=key, name="X", absent=True)


@pytest.mark.parametrize(
    "key",
    [
        rf"{_SERVICES}\RemoteAccess",
        rf"{_SERVICES}\RemoteAccess\Parameters\Ikev2",
        r"hklm\system\currentcontrolset\services\REMOTEACCESS\x",
        r"HKLM\SYSTEM\ControlSet001\Services\RemoteAccess\Parameters",
    ],
)
def test_what_lies_below_the_service_is_backed_up(key: str) -> None:
    assert value(key).backup == "rras"


@pytest.mark.parametrize(
    "key",
    [
        _SERVICES,
        rf"{_SERVICES}\RemoteAccess2",
        rf"{_SERVICES}\RasMan\PPP\EAP\13",
        r"HKLM\SOFTWARE\RemoteAccess",
        rf"HKCU\{_SERVICES.partition(chr(92))[2]}\RemoteAccess",
    ],
)
def test_what_lies_elsewhere_is_not(key: str) -> None:
    assert value(key).backup is None


def test_these_kinds_are_backed_up_whatever_they_set() -> None:
    examples = (kind.model_validate(kind.example) for kind in KINDS.values())
    assert {one.kind for one in examples if one.backup} == {"vpn_server_ports", "wan_miniport"}
