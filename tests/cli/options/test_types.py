"""Durations on the command line."""

from __future__ import annotations

import click
import pytest

from aovpn_remediate.cli.options.types import Duration
from aovpn_remediate.playbook.durations import in_words


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("10m", 600), ("1h", 3600), ("1.5h", 5400), ("1d", 86400)],
)
def test_a_duration_is_seconds(text: str, seconds: float) -> None:
    assert Duration().convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "m", "10 m", "-5m", "1h30m", "10M", "ten", "1e3", "inf", "٣"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="invalid duration"):
        Duration().convert(text, None, None)


@pytest.mark.parametrize("text", ["0", "0s", "0.0m"])
def test_zero_is_too_short(text: str) -> None:
    with pytest.raises(click.BadParameter, match="the minimum is more than 0s"):
        Duration().convert(text, None, None)


def test_the_limits_are_printed_as_durations() -> None:
    kind = Duration(shortest=60, longest=86400)
    assert (kind.convert("1m", None, None), kind.convert("1d", None, None)) == (60, 86400)
    with pytest.raises(click.BadParameter, match="'59s' is too short: the minimum is 1m"):
        kind.convert("59s", None, None)
    with pytest.raises(click.BadParameter, match="'25h' is too long: the maximum is 1d"):
        kind.convert("25h", None, None)


def test_a_default_that_is_seconds_already_stays() -> None:
    option = click.Option(["--every"], type=Duration(), default=600)
    command = click.Command("x", params=[option], callback=click.echo)
    context = command.make_context("x", [])
    assert context.params == {"every": 600.0}
    assert "TIME" in command.get_help(context)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(600, "10m"), (90, "90s"), (3600, "1h"), (86400, "1d"), (172800, "2d"), (0.5, "0.5s")],
)
def test_seconds_in_words(seconds: float, text: str) -> None:
    assert in_words(seconds) == text
    assert Duration().convert(in_words(seconds), None, None) == seconds
