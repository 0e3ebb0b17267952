"""The types of option values: durations and report files."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aovpn_remediate.playbook.durations import in_words, seconds_of

if TYPE_CHECKING:
    _Seconds = click.ParamType[float]
else:
    _Seconds = click.ParamType  # not generic in click before 8.2

FORMAT_NAMES = ("text", "json", "html", "markdown", "csv", "junit", "sarif", "prometheus")
"""The names in `reports.FORMATS`, which is too heavy to load for the help of a verb."""

ReportFile = tuple[str, Path]
"""The format of a report and the file to write it to."""


class Duration(_Seconds):
    """A number of seconds, given as `90`, `90s`, `10m`, `1.5h` or `1d`.

    `shortest` and `longest` are in seconds and inclusive; without `shortest`, any duration above
    zero is accepted.
    """

    name = "duration"

    def __init__(self, *, shortest: float = 0.0, longest: float = math.inf) -> None:
        self._shortest = shortest
        self._longest = longest

    def get_metavar(self, *_: Any, **__: Any) -> str:
        """Return the placeholder in the help; versions of click pass different arguments."""
        return "TIME"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds; a number, such as a default, is in seconds already."""
        if isinstance(value, (int, float)):
            return float(value)
        seconds = seconds_of(str(value))
        if seconds is None:
            self.fail(f"invalid duration {value!r} (use 30s, 10m, 2h or 1d)", param, ctx)
        if seconds < self._shortest or seconds == 0:
            least = in_words(self._shortest) if self._shortest else "more than 0s"
            self.fail(f"{value!r} is too short: the minimum is {least}", param, ctx)
        if seconds > self._longest:
            longest = in_words(self._longest)
            self.fail(f"{value!r} is too long: the maximum is {longest}", param, ctx)
        return seconds
