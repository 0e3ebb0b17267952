"""The files of the product that hold a value while it works.

Every call and every return of the product's functions is looked at: the arguments with `self`, then
the locals as they are at the end (of a generator, at each yield), and what is returned. A local
that is overwritten before its function returns or yields escapes. The simulated hosts of the lab
are not the product here, neither their files nor their thread.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import aovpn_remediate

from .held import Text, texts

LEVELS = 3
"""How many levels are looked at; see `held`."""

_PACKAGE = Path(aovpn_remediate.__file__).parent
_LAB = _PACKAGE / "lab"


class Sightings:
    """Values by name, each a text that occurs nowhere else, and where they were seen."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self._sought: set[str] = set()
        self._seen: list[tuple[str, str, int]] = []
        self._least: dict[tuple[str, str], int] = {}
        self._paths: dict[str, str | None] = {}
        self._lock = threading.Lock()

    def files(self, name: str, level: int) -> tuple[str, ...]:
        """Return the files that held a value at this level or a lesser one, first seen first."""
        found = (file for value, file, held in self._seen if value == name and held <= level)
        return tuple(dict.fromkeys(found))

    @contextmanager
    def recorded(self, *names: str) -> Iterator[None]:
        """Look for these values in this thread and in those that begin meanwhile."""
        before, before_in_threads = sys.getprofile(), threading.getprofile()
        self._sought = set(names)
        threading.setprofile(self._look)
        sys.setprofile(self._look)
        try:
            yield
        finally:
            sys.setprofile(before)
            threading.setprofile(before_in_threads)
            self._sought = set()

    def end(self, name: str) -> None:
        """Look for a value no more: its trip is over."""
        with self._lock:
            self._sought.discard(name)

    def _look(self, frame: FrameType, event: str, returned: Any) -> None:
        if event not in ("call", "return"):
            return
        file = self._path(frame.f_code.co_filename)
        if file is None or frame.f_code.co_name == "<module>":
            return
        with self._lock:
            self._record(file, [*frame.f_locals.values(), returned])

    def _path(self, name: str) -> str | None:
        """Return the path of a file in the product; None for any other file."""
        if name not in self._paths:
            path = Path(name)
            ours = path.is_relative_to(_PACKAGE) and not path.is_relative_to(_LAB)
            self._paths[name] = path.relative_to(_PACKAGE).as_posix() if ours else None
        return self._paths[name]

    def _record(self, file: str, held: Iterable[Any]) -> None:
        if all(self._least.get((name, file)) == 0 for name in self._sought):
            return
        for level, found in enumerate(texts(held, LEVELS)):
            for name in sorted(self._sought):
                least = self._least.get((name, file), LEVELS)
                if level < least and _is_in(self._values[name], found):
                    self._least[name, file] = level
                    self._seen.append((name, file, level))


def _is_in(value: str, found: Iterable[Text]) -> bool:
    encoded = value.encode()
    return any(value in one if isinstance(one, str) else encoded in one for one in found)
