"""The product files that hold a value while the product runs.

Every call and return of the product's functions is examined: the arguments with `self`, the locals
at the return (or at each yield of a generator), and the returned value. A local that is overwritten
before the return or yield is missed. Neither the files nor the thread of the lab count here.
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
"""Number of levels that are searched; see `held`."""

_PACKAGE = Path(aovpn_remediate.__file__).parent
_LAB = _PACKAGE / "lab"


class Sightings:
    """The files in which values were seen, each value a text that occurs nowhere else."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self._sought: set[str] = set()
        self._seen: list[tuple[str, str, int]] = []
        self._least: dict[tuple[str, str], int] = {}
        self._paths: dict[str, str | None] = {}
        self._lock = threading.Lock()

    def files(self, name: str, level: int) -> tuple[str, ...]:
        """Return the files that held a value up to this level, in the order they were seen."""
        found = (file for value, file, held in self._seen if value == name and held <= level)
        return tuple(dict.fromkeys(found))

    @contextmanager
    def recorded(self, *names: str) -> Iterator[None]:
        """Search for these values in this thread and in threads started inside the `with`."""
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
        """Stop searching for a value whose trip is over."""
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
        """Return the path of a file within the product, or None for any other file."""
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
