"""Variables: their names, and those given on the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from aovpn_remediate.errors import UsageError
from aovpn_remediate.playbook.plain import plain
from aovpn_remediate.playbook.reader import MAX_DIGITS
from aovpn_remediate.playbook.words import quote

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""The pattern of a variable's name; names in `RESERVED` are not allowed."""
RESERVED = frozenset(
    "and else false False if in is item none None not or range self true True".split()  # noqa: SIM905 - words
)


def wrong_name(name: str) -> str | None:
    """Return why a variable cannot have a name; None if it can."""
    if name in RESERVED:
        return "is a reserved word of expressions: choose another name"
    if not NAME.fullmatch(name):
        return "should be letters, digits and _, not beginning with a digit"
    return None


def merge_variables(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Merge layers of variables; a later one wins: the playbook's, the host's, `-e`.

    A variable is replaced as a whole. Those of the host include those of its groups.
    """
    merged: dict[str, Any] = {}
    for layer in layers:
        merged.update(layer)
    return merged


def parse_extra(texts: Iterable[str]) -> dict[str, Any]:
    """Parse the variables of `-e name=text` and `-e name:=json`; the last of a name wins.

    Raises `UsageError`.
    """
    return dict(_parse_one(text) for text in texts)


def _parse_one(text: str) -> tuple[str, Any]:
    before, equals, after = text.partition("=")
    if not equals:
        raise UsageError(f"-e {quote(text)}: expected name=text or name:=json")
    name = before.removesuffix(":")
    if wrong := wrong_name(name):
        raise UsageError(f"-e {quote(text)}: the name {wrong}")
    try:
        return name, plain(_parse_json(after) if before.endswith(":") else after)
    except (ValueError, RecursionError) as error:
        what = "the value is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise UsageError(f"-e {name}: {what}") from None


def _parse_json(text: str) -> Any:
    try:
        return json.loads(
            text,
            parse_int=_integer,
            parse_constant=_no_constant,
            object_pairs_hook=_without_duplicates,
        )
    except json.JSONDecodeError as error:
        raise ValueError(
            f"not valid JSON: {error.msg} at character {error.pos + 1}; put text in double quotes"
        ) from None


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError("the number is too large")
    return int(digits)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a valid number")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    folded = {key.casefold() for key, _ in pairs}
    if len(folded) != len(pairs):
        raise ValueError("a key is used twice, or differs only in case")
    return dict(pairs)
