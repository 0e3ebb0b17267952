"""Keys of the registry, as Get-AovpnRegistryKey reads them."""

from __future__ import annotations

from aovpn_remediate.lab.windows.host import Host
from aovpn_remediate.lab.windows.kinds.base import Answer, Parameters, only_read


class Target(Parameters):
    """The key with the long name of its hive."""

    Key: str


def _get(host: Host, target: Target) -> Answer:
    return None if host.registry.find(target.Key) is None else {"exists": True}


REGISTRY_KEY = only_read("registry_key", Target, _get, calls_dotnet=True)
