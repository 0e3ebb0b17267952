"""Lengths of time on the command line: 90, 90s, 10m, 1h, 1d."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aovpn_remediate.playbook.durations import in_words, seconds_of

if TYPE_CHECKING:
    pass

if TYPE_CHECKING:
    _Seconds = click.ParamType[float]
else:
    _Seconds = click.ParamType  # older ones know no type of what they give


class Duration(_Seconds):
    """Seconds as a float, from `90`, `90s`, `10m`, `1.5h` or `1d`.

    `shortest` and `longest` are in seconds, both allowed themselves; without a shortest one any
    length above nothing is.
    """

    name = "duration"

    def __init__(self, *, shortest: float = 0.0, longest: float = math.inf) -> None:
        self._shortest = shortest
        self._longest = longest

    def get_metavar(self, *_: Any, **__: Any) -> str:
        """What the help says; click's versions hand over different things."""
        return "TIME"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The seconds. A number is one already, such as a default."""
        if isinstance(value, (int, float)):
            return float(value)
        seconds = seconds_of(str(value))
        if seconds is None:
            self.fail(f"{value!r} is no length of time, such as 90s, 10m, 1h or 1d", param, ctx)
        if seconds < self._shortest or seconds == 0:
            least = (
                f"at least {in_words(self._shortest)}" if self._shortest else "more than nothing"
            )
            self.fail(f"{value!r} is too short: {least}", param, ctx)
        if seconds > self._longest:
            self.fail(f"{value!r} is too long: at most {in_words(self._longest)}", param, ctx)
        return seconds


FORMAT_NAMES = ("text", "json", "html", "markdown", "csv", "junit", "sarif", "prometheus")
"""Those of `reports.FORMATS`, which is too heavy to load for the help of a verb."""


Wanted = tuple[str, Path]
"""A format, and the file for it."""
