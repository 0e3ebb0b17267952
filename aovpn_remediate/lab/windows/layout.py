"""Where Windows keeps in its registry what a seed says in words."""

from __future__ import annotations

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


def lay_out(seed: HostSeed) -> Registry:
    """The registry of a new host; what the seed says of single values wins."""
    registry = Registry()
    _lay_out_system(registry, seed)
    for key, values in seed.registry.items():
        registry.make(key)
        for name, value in values.items():
            registry.set(key, name, value.value)
    return registry


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
