"""The registry of a simulated host: a tree of keys, case-insensitive but case-preserving."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

HIVES = {
    "HKLM": "HKEY_LOCAL_MACHINE",
    "HKCU": "HKEY_CURRENT_USER",
    "HKCR": "HKEY_CLASSES_ROOT",
    "HKU": "HKEY_USERS",
    "HKCC": "HKEY_CURRENT_CONFIG",
}

Data = int | str | tuple[str, ...] | tuple[int, ...]


@dataclass(frozen=True)
class Value:
    """A type by its .NET name (`DWord`, `MultiString`), and data; bytes are unsigned numbers."""

    type: str
    data: Data


@dataclass
class Key:
    """A key: its values and subkeys by folded name, each with its original name."""

    values: dict[str, tuple[str, Value]] = field(default_factory=dict)
    keys: dict[str, tuple[str, Key]] = field(default_factory=dict)


class Registry:
    r"""All keys, as `HKEY_LOCAL_MACHINE\...` or `HKLM\...`; the default value has the name ''."""

    def __init__(self) -> None:
        self._root = Key(keys={fold(hive): (hive, Key()) for hive in HIVES.values()})

    def find(self, path: str) -> Key | None:
        """Return the key, or None."""
        key: Key | None = self._root
        for name in _split(path):
            if key is None:
                return None
            key = key.keys.get(fold(name), (name, None))[1]
        return key

    def get(self, path: str, name: str) -> Value | None:
        """Return the value, or None if the value or its key is absent."""
        key = self.find(path)
        return None if key is None else key.values.get(fold(name), (name, None))[1]

    def set(self, path: str, name: str, value: Value) -> None:
        """Write a value, and create its key. An existing value keeps the case of its name."""
        key = self.make(path)
        written = key.values.get(fold(name), (name, value))[0]
        key.values[fold(name)] = (written, value)

    def make(self, path: str) -> Key:
        """Return the key, created with its parents if missing. Raises `KeyError` for no hive."""
        hive, *names = _split(path)
        key = self._root.keys[fold(hive)][1]
        for name in names:
            key = key.keys.setdefault(fold(name), (name, Key()))[1]
        return key

    def remove(self, path: str, name: str) -> bool:
        """Remove a value; return True if it existed."""
        key = self.find(path)
        return key is not None and key.values.pop(fold(name), None) is not None

    def remove_key(self, path: str) -> None:
        """Remove a key and everything in it, if it exists."""
        *above, name = _split(path)
        if parent := self.find("\\".join(above)):
            parent.keys.pop(fold(name), None)

    def first_missing(self, path: str) -> str | None:
        """Return the start of the path up to the first missing key, spelled as given."""
        if self.find(path) is not None:
            return None
        names = path.split("\\")
        for depth in range(1, len(names) + 1):
            start = "\\".join(names[:depth])
            if self.find(start) is None:
                return start
        return None

    def walk(self) -> Iterator[tuple[str, Key]]:
        """Yield each key below the hives with its original path."""
        for hive, key in self._root.keys.values():
            yield from _walk(key, hive)


def fold(name: str) -> str:
    """Return the name for comparison: in upper case letter by letter, as Windows compares."""
    if name.isascii():
        return name.upper()
    return "".join(up if len(up := letter.upper()) == 1 else letter for letter in name)


def long_path(path: str) -> str:
    r"""Return the path with the long name of its hive, from `HKLM:\X`, `HKLM\X` or a long path."""
    hive, _, rest = path.partition("\\")
    hive = hive.removesuffix(":")
    long = HIVES.get(hive.upper(), hive.upper())
    return f"{long}\\{rest}" if rest else long


def _split(path: str) -> list[str]:
    return [name for name in long_path(path).split("\\") if name]


def _walk(key: Key, path: str) -> Iterator[tuple[str, Key]]:
    for name, child in key.keys.values():
        below = f"{path}\\{name}"
        yield below, child
        yield from _walk(child, below)
