"""Tests counted by the engine that they ran on, for the last lines of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

from .engines import ENGINES, EngineProgram

_ENGINE = "engine"


def note_engine(item: pytest.Item, engine: str) -> None:
    """Have a test counted for an engine: `linux` or `windows`."""
    item.user_properties.append((_ENGINE, engine))


def note_fixture(item: pytest.Item) -> None:
    """Have a test counted for the engine that its fixtures start."""
    chosen = getattr(item, "callspec", None)
    fixtures = set(getattr(item, "fixturenames", ()))
    for name in ENGINES:
        is_parameter = chosen is not None and any(value == name for value in chosen.params.values())
        if is_parameter or fixtures & {name, f"{name}_lab"}:
            note_engine(item, name)


def lines(reports: Iterable[pytest.TestReport]) -> list[str]:
    """A line for each engine that tests have run on, and for each that is missing."""
    ran = Counter(
        value for one in reports for name, value in one.user_properties if name == _ENGINE
    )
    return [_line(engine, ran[name]) for name, engine in ENGINES.items()] if ran else []


def _line(engine: EngineProgram, count: int) -> str:
    return f"{engine.name}: {count} tests ran on it" + (
        f" ({engine.missing})" if engine.missing else ""
    )
