"""Values of the registry, as Get- and Set-AovpnRegistryValue read and write them."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from aovpn_remediate.lab.windows.host import Host
from aovpn_remediate.lab.windows.kinds.base import Act, Answer, Kind, Parameters
from aovpn_remediate.lab.windows.registry import HIVES, Value, fold
from aovpn_remediate.lab.windows.thrown import Thrown


class Target(Parameters):
    """The key with the long name of its hive; the default value has the name ''."""

    Key: str
    Name: str


class Missing(Parameters):
    """No value, and no key from this one down."""

    missing: str


class Written(Parameters):
    """A type as .NET names it, and data; with `create` a missing key is made."""

    type: str
    data: Any
    create: bool = False


def _get(host: Host, target: Target) -> Answer:
    if fold(target.Key.partition("\\")[0]) not in HIVES.values():
        raise Thrown(f"{target.Key} does not begin with the long name of a hive.")
    if missing := host.registry.first_missing(target.Key):
        return {"missing": missing}
    value = host.registry.get(target.Key, target.Name)
    if value is None:
        return None
    data = list(value.data) if isinstance(value.data, tuple) else value.data
    return {"type": value.type, "data": data}


def _acts(host: Host, target: Target, desired: Missing | Written | None) -> list[Act]:
    if isinstance(desired, Written):
        value = _converted(desired.type, desired.data)
        made = host.registry.find(target.Key) is not None
        if not (made or desired.create):
            raise Thrown(f"The key {target.Key} is not there any more, and is not made.", "NoKey")
        acts: list[Act] = [] if made else [lambda: host.registry.make(target.Key)]
        return [*acts, lambda: host.registry.set(target.Key, target.Name, value)]
    acts = [lambda: host.registry.remove(target.Key, target.Name)]
    if desired is not None:
        acts.append(lambda: _remove_keys(host, target.Key, desired.missing))
    return acts


def _remove_keys(host: Host, path: str, first: str) -> None:
    """Take away the keys that were made for the value, as long as nothing else lives in them."""
    if not fold(f"{path}\\").startswith(fold(f"{first}\\")) or "\\" not in first:
        raise Thrown(f"{first} is not a key on the way to {path}.")
    while len(path) >= len(first):
        key = host.registry.find(path)
        if key is not None and (key.values or key.keys):
            return
        host.registry.remove_key(path)
        path = path.rpartition("\\")[0]


def _converted(kind: str, data: Any) -> Value:
    """Data as PowerShell casts them to the type. Raises `Thrown` where they cannot be."""
    items = data if isinstance(data, list) else [data]
    match kind:
        case "DWord":
            return Value(kind, _number(data, "System.UInt32", 2**32))
        case "QWord":
            return Value(kind, _number(data, "System.UInt64", 2**64))
        case "String" | "ExpandString":
            return Value(kind, _text(data))
        case "MultiString":
            return Value(kind, tuple(_text(item) for item in items))
        case "Binary":
            return Value(kind, tuple(_number(item, "System.Byte", 2**8) for item in items))
    raise Thrown(f"A value of the type {kind} is not set.")


def _number(data: Any, name: str, end: int) -> int:
    try:
        number = int(data or 0)
    except (TypeError, ValueError):
        number = -1
    if not 0 <= number < end:
        raise Thrown(f'Cannot convert value "{_text(data)}" to type "{name}".', "InvalidCast")
    return number


def _text(data: Any) -> str:
    if isinstance(data, list):
        return " ".join(map(_text, data))
    return "" if data is None else str(data)


REGISTRY_VALUE = Kind(
    name="registry_value",
    target=Target,
    get=_get,
    subject=lambda target: f"{target.Key}\\{target.Name}",
    desired=TypeAdapter(Missing | Written | None),
    acts=_acts,
)
