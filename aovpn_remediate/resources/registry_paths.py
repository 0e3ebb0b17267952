"""The keys of the registry, as a playbook writes them and as Windows has them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from aovpn_remediate.resources.rules import any_case

_HIVES = {
    "HKLM": "HKEY_LOCAL_MACHINE",
    "HKCU": "HKEY_CURRENT_USER",
    "HKCR": "HKEY_CLASSES_ROOT",
    "HKU": "HKEY_USERS",
    "HKCC": "HKEY_CURRENT_CONFIG",
}
SHORT = {long: short for short, long in _HIVES.items()}
"""The short name of each hive."""
_ANY_HIVE = "|".join(any_case(hive) for hive in (*_HIVES, *SHORT))


def _one_spelling(key: str) -> str:
    """A key with the long name of its hive. Raises `ValueError`."""
    hive, _, path = key.partition("\\")
    hive = hive.removesuffix(":")
    long = _HIVES.get(hive.upper(), hive.upper())
    if long not in SHORT:
        raise ValueError(f"should begin with a hive ({', '.join(_HIVES)}), not {hive}")
    if not path or "" in path.split("\\"):
        raise ValueError("should be a hive, then names parted by single backslashes")
    if "\0" in path:
        raise ValueError("NUL cannot be in the name of a key")
    if "/" in path.partition("\\")[0] and long == _HIVES["HKLM"]:
        # Windows keeps no such key there, and whoever writes / for \ begins here.
        raise ValueError("should be names parted by \\; / is a part of a name")
    return f"{long}\\{path}"


Key = Annotated[
    str,
    AfterValidator(_one_spelling),
    Field(json_schema_extra={"pattern": rf"^({_ANY_HIVE}):?(\\[^\\]+)+$"}),
]
r"""`HKLM\...`, `HKEY_LOCAL_MACHINE\...`; every hive."""
