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
"""What a variable may be called, unless the name is `TAKEN`."""
TAKEN = frozenset(
    "and else false False if in is item none None not or range self true True".split()  # noqa: SIM905 - words
)


def wrong_name(name: str) -> str | None:
    """Why a variable cannot be called so; None where it can."""
    if name in TAKEN:
        return "has a meaning in expressions: choose another name"
    if not NAME.fullmatch(name):
        return "should be letters, digits and _, not beginning with a digit"
    return None


def merge_variables(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """One set of variables, of which a later layer wins: the playbook's, the host's, `-e`.

    A variable is replaced whole. The host's hold those of its groups already.
    """
    merged: dict[str, Any] = {}
    for layer in layers:
        merged.update(layer)
    return merged


def parse_extra(texts: Iterable[str]) -> dict[str, Any]:
    """The variables of `-e name=text` and `-e name:=json`; the last of a name wins.

    Raises `UsageError`.
    """
    return dict(_parse_one(text) for text in texts)


def _parse_one(text: str) -> tuple[str, Any]:
    before, sign, after = text.partition("=")
    if not sign:
        raise UsageError(f"-e {quote(text)}: should be name=text or name:=json")
    name = before.removesuffix(":")
    if wrong := wrong_name(name):
        raise UsageError(f"-e {quote(text)}: the name {wrong}")
    try:
        return name, plain(_parse_json(after) if before.endswith(":") else after)
    except (ValueError, RecursionError) as error:
        what = "is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise UsageError(f"-e {name}: {what}") from None


def _parse_json(text: str) -> Any:
    try:
        return json.loads(
            text,
            parse_int=_integer,
            parse_constant=_no_constant,
            object_pairs_hook=_without_doubles,
        )
    except json.JSONDecodeError as error:
        raise ValueError(
            f"not JSON: {error.msg} at character {error.pos + 1}; texts go in double quotes"
        ) from None


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError("a number that is too large")
    return int(digits)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number that can be sent")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    folded = {key.casefold() for key, _ in pairs}
    if len(folded) != len(pairs):
        raise ValueError("a key is there twice, or in two cases")
    return dict(pairs)
