"""Say which lines of the templates ran: `python -m tests.powershell.coverage make|check|table`.

`make` sets probes for the next run of the engine suite. `check` fails where a function or a line
never ran, or less than 95 % of all lines. `table` prints the lines that ran, by function. What
cannot run here is named, with the reason, in `not_here.txt`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.powershell.engines import LINUX, WINDOWS

from . import probes
from .probes import Statement

_NOT_HERE = Path(__file__).with_name("not_here.txt")
_LEAST = 0.95


def not_here() -> dict[tuple[str, str], str]:
    """The reason for which a statement, named by its function and text, cannot run here."""
    lines = [line for line in _NOT_HERE.read_text("utf-8").splitlines() if line.strip()]
    parts = [line.split(" | ") for line in lines if not line.startswith("#")]
    return {(function, text): why for function, text, why in parts}


def _lines(chosen: Sequence[Statement]) -> set[tuple[str, int]]:
    return {(one.file, one.line) for one in chosen}


def table(every: Sequence[Statement], linux: set[int], windows: set[int]) -> list[str]:
    """A line for each function: lines that ran on any engine, on each, and of how many."""
    rows = [f"{'function':44} {'ran':>4} {'linux':>6} {'windows':>8} {'lines':>6}"]
    for name in sorted({(one.file, one.function) for one in every}):
        own = [one for one in every if (one.file, one.function) == name]
        counts = [
            len(_lines([one for one in own if one.id in ids]))
            for ids in (linux | windows, linux, windows)
        ]
        ran, on_linux, on_windows = counts
        title = f"{name[0].removeprefix('kinds/').removesuffix('.ps1')} {name[1]}".strip()
        rows.append(f"{title:44} {ran:4} {on_linux:6} {on_windows:8} {len(_lines(own)):6}")
    return rows


def faults(every: Sequence[Statement], ids: set[int]) -> list[str]:
    """Each reason for which the coverage is not enough, and each entry that is not needed."""
    known = not_here()
    names = {(one.file, one.function) for one in every}
    ran = {(one.file, one.function) for one in every if one.id in ids}
    found = [f"{file}: {function} never ran" for file, function in sorted(names - ran)]
    for one in every:
        named = (one.function, one.text) in known
        if one.id not in ids and not named:
            found.append(f"{one.file}:{one.line} never ran: {one.text}")
        if one.id in ids and named:
            found.append(f"{_NOT_HERE.name} names what ran: {one.function} | {one.text}")
    texts = {(one.function, one.text) for one in every}
    stale = [key for key in known if key not in texts]
    found += [f"{_NOT_HERE.name} names what is not there: {' | '.join(key)}" for key in stale]
    return found


def main(arguments: Sequence[str]) -> int:
    """Make the probes, or say what ran."""
    missing = LINUX.missing or WINDOWS.missing
    if missing:
        print(f"The lines of the templates that ran are not counted: {missing}")  # noqa: T201
        return 0
    [verb] = arguments
    if verb == "make":
        probes.make()
        return 0
    every = list(probes.statements())
    linux, windows = probes.ran("linux"), probes.ran("windows")
    ids = linux | windows
    if verb == "table":
        print("\n".join(table(every, linux, windows)))  # noqa: T201 - what it shows
        return 0
    wrong = faults(every, ids)
    ran, lines = len(_lines([one for one in every if one.id in ids])), len(_lines(every))
    wrong.append(f"{ran} of {lines} lines of the templates ran on an engine")
    print("\n".join(wrong))  # noqa: T201 - what it shows
    return 1 if len(wrong) > 1 or ran < _LEAST * lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
