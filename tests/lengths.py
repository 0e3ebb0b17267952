"""Which of a test's parameters `make test` tries, and which only `make test-long`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def some_now(values: Iterable[Any], *now: Any) -> list[Any]:
    """The values for `parametrize`: those that are not named as `now` are marked `long`.

    A tuple is one value for each of several parameters.
    """
    every = list(values)
    assert all(value in every for value in now), "a value that is named is not one of the test's"
    return [value if value in now else _long(value) for value in every]


def _long(value: Any) -> Any:
    together = value if isinstance(value, tuple) else (value,)
    return pytest.param(*together, marks=pytest.mark.long)


def on_databases(now: str) -> pytest.MarkDecorator:
    """A test on each database, of which `make test` tries one."""
    each = some_now(("sqlite", "postgresql"), now)
    return pytest.mark.parametrize("journal_url", each, indirect=True)
