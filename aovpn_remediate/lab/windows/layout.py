"""Where Windows keeps in its registry what a seed says in words."""

from __future__ import annotations

from collections.abc import Iterator

from aovpn_remediate.lab.windows.model import HostSeed
from aovpn_remediate.lab.windows.registry import Registry, Value

_HKLM = "HKEY_LOCAL_MACHINE"
CURRENT_VERSION = rf"{_HKLM}\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
PRODUCT_OPTIONS = rf"{_HKLM}\SYSTEM\CurrentControlSet\Control\ProductOptions"
SESSION_MANAGER = rf"{_HKLM}\SYSTEM\CurrentControlSet\Control\Session Manager"
COMPONENT_REBOOT = (
    rf"{_HKLM}\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending"
)
UPDATE_REBOOT = (
    rf"{_HKLM}\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired"
)
RENAMES = "PendingFileRenameOperations"
UNINSTALL = tuple(
    rf"{_HKLM}\{view}\Microsoft\Windows\CurrentVersion\Uninstall"
    for view in ("SOFTWARE", r"SOFTWARE\WOW6432Node")
)
MINIPORTS = (
    rf"{_HKLM}\SYSTEM\CurrentControlSet\Control\Class\{{4D36E972-E325-11CE-BFC1-08002BE10318}}"
)
DEVICE_IDS = {
    "ikev2": "ms_agilevpnminiport",
    "sstp": "ms_sstpminiport",
    "l2tp": "ms_l2tpminiport",
    "gre": "ms_greminiport",
}


def lay_out(seed: HostSeed) -> Registry:
    """The registry of a new host; what the seed says of single values wins."""
    registry = Registry()
    _lay_out_system(registry, seed)
    _lay_out_programs(registry, seed)
    if seed.vpn is not None:
        _lay_out_miniports(registry, seed)
    for key, values in seed.registry.items():
        registry.make(key)
        for name, value in values.items():
            registry.set(key, name, value.value)
    return registry


def subkeys(registry: Registry, path: str) -> Iterator[str]:
    """The paths of the keys right below."""
    if key := registry.find(path):
        for name, _ in key.keys.values():
            yield f"{path}\\{name}"


def _lay_out_system(registry: Registry, seed: HostSeed) -> None:
    texts = {
        "ProductName": seed.os.name,
        "EditionID": seed.os.edition,
        "CurrentBuildNumber": str(seed.os.build),
    }
    for name, text in texts.items():
        registry.set(CURRENT_VERSION, name, Value("String", text))
    registry.set(CURRENT_VERSION, "UBR", Value("DWord", seed.os.ubr))
    registry.set(PRODUCT_OPTIONS, "ProductType", Value("String", seed.os.product_type))
    registry.make(SESSION_MANAGER)


def _lay_out_programs(registry: Registry, seed: HostSeed) -> None:
    registry.make(UNINSTALL[0])
    for name, version in seed.programs.items():
        key = f"{UNINSTALL[0]}\\{name}"
        registry.set(key, "DisplayName", Value("String", name))
        registry.set(key, "DisplayVersion", Value("String", version))


def _lay_out_miniports(registry: Registry, seed: HostSeed) -> None:
    limits = None if isinstance(seed.vpn, str) or seed.vpn is None else seed.vpn.limits
    for number, (protocol, device_id) in enumerate(DEVICE_IDS.items()):
        key = f"{MINIPORTS}\\{number:04}"
        registry.set(key, "MatchingDeviceId", Value("String", device_id))
        limit = getattr(limits, protocol, None)
        if limit is not None:
            registry.set(key, "MaxWanEndpoints", Value("DWord", limit))
