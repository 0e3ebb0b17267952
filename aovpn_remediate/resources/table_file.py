"""Tables of facts that come with the product, in YAML: a mistake is one line with its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from aovpn_remediate.errors import InputError, Problem

M = TypeVar("M", bound=BaseModel)


def read_table(path: Path, model: type[M]) -> M:
    """Read a table as a model has it. Raises `InputError` with a line for each problem."""
    try:
        text = path.read_text("utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if doubles := [*_doubles(path, node)]:
            raise InputError(*doubles)
        return model.model_validate(yaml.safe_load(text))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Problem(path, 0, 0, "", f"cannot be read: {error}")) from error
    except yaml.YAMLError as error:
        raise InputError(Problem(path, 0, 0, "", " ".join(str(error).split()))) from error
    except ValidationError as error:
        problems = [
            Problem(path, *_place(node, each["loc"]), ".".join(map(str, each["loc"])), each["msg"])
            for each in error.errors()
        ]
        raise InputError(*problems) from None


def _doubles(path: Path, node: Any) -> Iterator[Problem]:
    """Keys that stand twice in one mapping: the first would be lost without a word."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _doubles(path, item)
    if not isinstance(node, yaml.MappingNode):
        return
    seen = set()
    for key, value in node.value:
        if key.value in seen:
            mark = key.start_mark
            yield Problem(path, mark.line + 1, mark.column + 1, key.value, "is there twice")
        seen.add(key.value)
        yield from _doubles(path, value)


def _place(node: Any, way: Sequence[Any]) -> tuple[int, int]:
    """The line and the column of a value, or of what is nearest above it."""
    for part in way:
        below = None
        if isinstance(node, yaml.MappingNode):
            below = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            below = node.value[part]
        if below is None:
            break
        node = below
    return (0, 0) if node is None else (node.start_mark.line + 1, node.start_mark.column + 1)
