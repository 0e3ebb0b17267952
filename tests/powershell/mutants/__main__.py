"""Put one small fault after another into a template, and run tests that have to fail.

    python -m tests.powershell.mutants kinds/service.ps1 --tests tests/powershell/kinds --some 30
    python -m tests.powershell.mutants netsh.ps1 --tests tests/powershell/kinds --each 1

Each fault comes from `mutate.ps1`: a dropped statement or parameter, another operator, a changed
text or number, a swallowed error, a turned condition. The template is put back at the end. Prints
the faults that no test has seen; the exit code is 1 if there are any.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.powershell.build import ROOT
from tests.powershell.engines import LINUX

_MUTATE = Path(__file__).with_name("mutate.ps1")
_LONGEST = 900.0


_FUNCTION = re.compile(r"(?m)^function ([\w-]+)")


@dataclass(frozen=True)
class Mutant:
    """One fault in one template."""

    template: Path
    line: int
    what: str
    start: int
    length: int
    text: str

    def __str__(self) -> str:
        return f"{self.template.name}:{self.line} {self.function}: {self.what}"

    @property
    def function(self) -> str:
        """The name of the function that it is in; empty outside of all."""
        before = _FUNCTION.findall(self.template.read_text("utf-8")[: self.start])
        return before[-1] if before else ""

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Have the template with the fault for as long as the context lasts."""
        whole = self.template.read_text("utf-8")
        end = self.start + self.length
        self.template.write_text(whole[: self.start] + self.text + whole[end:], "utf-8")
        try:
            yield
        finally:
            self.template.write_text(whole, "utf-8")


def mutants(template: Path) -> list[Mutant]:
    """Every fault that can be put into a template."""
    done = subprocess.run(
        [str(LINUX.program), "-NoProfile", "-File", str(_MUTATE), str(template)],
        capture_output=True,
        check=True,
        text=True,
    )
    found: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    return [Mutant(template, **one) for one in found]


def fail(tests: Sequence[str]) -> bool:
    """Run the tests; true if one fails, or they do not come to an end."""
    command = [sys.executable, "-m", "pytest", "-qx", "-n0", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_LONGEST, check=False)
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def is_seen(mutant: Mutant, tests: Sequence[str]) -> bool:
    """Run the tests with the fault in place."""
    with mutant.in_place():
        return fail(tests)


def some_of_each(every: Sequence[Mutant], number: int, random_: random.Random) -> list[Mutant]:
    """Return as many faults of each function as there are, at random."""
    functions: dict[str, list[Mutant]] = {}
    for one in every:
        functions.setdefault(one.function, []).append(one)
    return [one for own in functions.values() for one in random_.sample(own, min(number, len(own)))]


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the chosen faults; print those that were not seen."""
    parser = argparse.ArgumentParser(prog="python -m tests.powershell.mutants")
    parser.add_argument("templates", nargs="+", help="paths below templates/")
    parser.add_argument("--tests", nargs="+", required=True, help="what pytest is to run")
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument("--some", type=int, help="as many at random; else all")
    amount.add_argument("--each", type=int, help="as many of each function at random; else all")
    parser.add_argument("--seed", type=int, default=0, help="which ones at random")
    chosen = parser.parse_args(arguments)
    every = [one for name in chosen.templates for one in mutants(ROOT / "templates" / name)]
    random_ = random.Random(chosen.seed)  # noqa: S311 - no secret
    if chosen.each is not None:
        every = some_of_each(every, chosen.each, random_)
    elif chosen.some is not None and chosen.some < len(every):
        every = random_.sample(every, chosen.some)
    # Each fault would seem to be seen.
    if fail(chosen.tests):
        parser.error("the tests fail without a fault")
    unseen = []
    for mutant in every:
        seen = is_seen(mutant, chosen.tests)
        print("seen  " if seen else "UNSEEN", mutant, flush=True)  # noqa: T201 - what it shows
        unseen += [] if seen else [mutant]
    print(f"{len(every) - len(unseen)} of {len(every)} were seen")  # noqa: T201 - what it shows
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main())
