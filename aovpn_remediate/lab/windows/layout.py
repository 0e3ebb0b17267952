"""The registry of a new host, with the facts of its seed where Windows keeps them."""

from __future__ import annotations

from aovpn_remediate.lab.windows.model import HostSeed, VpnSeed
from aovpn_remediate.lab.windows.registry import Registry, Value

_HKLM = "HKEY_LOCAL_MACHINE"
CURRENT_VERSION = rf"{_HKLM}\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
PRODUCT_OPTIONS = rf"{_HKLM}\SYSTEM\CurrentControlSet\Control\ProductOptions"
NAME = rf"{_HKLM}\SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName"
NAME_NOW = rf"{_HKLM}\SYSTEM\CurrentControlSet\Control\ComputerName\ActiveComputerName"
NETLOGON = rf"{_HKLM}\SYSTEM\CurrentControlSet\Services\Netlogon"
SESSION_MANAGER = rf"{_HKLM}\SYSTEM\CurrentControlSet\Control\Session Manager"
COMPONENT_REBOOT = (
    rf"{_HKLM}\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending"
)
UPDATE_REBOOT = (
    rf"{_HKLM}\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired"
)
MINIPORTS = (
    rf"{_HKLM}\SYSTEM\CurrentControlSet\Control\Class\{{4D36E972-E325-11CE-BFC1-08002BE10318}}"
)
"""The class key of network adapters, with the WAN miniports below it."""
DEVICES = {"ikev2": "agilevpn", "sstp": "sstp", "l2tp": "l2tp", "pppoe": "pppoe"}
"""The middle of the device id of each miniport of a new RRAS server, in the order of their keys."""
RENAMES = ("PendingFileRenameOperations", "PendingFileRenameOperations2")
JOINS = ("JoinDomain", "AvoidSpnSet")


def new_registry(seed: HostSeed) -> Registry:
    """Make the registry of a new host; single values in the seed take precedence."""
    registry = Registry()
    _set_system_values(registry, seed)
    if isinstance(seed.vpn, VpnSeed):
        for number, device in enumerate(DEVICES.values(), start=1):
            miniport = f"{MINIPORTS}\\{number:04}"
            registry.make(miniport)
            registry.set(miniport, "MatchingDeviceId", Value("String", f"ms_{device}miniport"))
    for key, values in seed.registry.items():
        registry.make(key)
        for name, value in values.items():
            registry.set(key, name, value.value)
    return registry


def _set_system_values(registry: Registry, seed: HostSeed) -> None:
    texts = {
        "ProductName": seed.os.name,
        "EditionID": seed.os.edition,
        "CurrentBuildNumber": str(seed.os.build),
    }
    for name, text in texts.items():
        registry.set(CURRENT_VERSION, name, Value("String", text))
    registry.set(CURRENT_VERSION, "UBR", Value("DWord", seed.os.ubr))
    registry.set(PRODUCT_OPTIONS, "ProductType", Value("String", seed.os.product_type))
    for key in (NAME, NAME_NOW):
        registry.set(key, "ComputerName", Value("String", seed.name))
    registry.make(SESSION_MANAGER)
