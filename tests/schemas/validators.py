"""Validation against the shipped schemas, with errors by the places that the readers name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from aovpn_remediate.playbook.words import Place, where
from aovpn_remediate.schemas import SCHEMAS

VALIDATORS = {name: Draft202012Validator(made()) for name, made in SCHEMAS.items()}
_NAMES = re.compile(r"'((?:[^'\\]|\\.)*)'")


def accepts(name: str, value: Any) -> bool:
    """Return True if the schema accepts a value."""
    return VALIDATORS[name].is_valid(value)


def places(name: str, value: Any) -> set[str]:
    """Return the places of all errors; for a missing or unknown name, the place of the name."""
    errors = VALIDATORS[name].iter_errors(value)
    return {where(place) for error in errors for place in _places(error, ())}


def _places(error: ValidationError, above: Place) -> Iterator[Place]:
    place: Place = (*above, *error.relative_path)
    yield place
    if "propertyNames" in error.relative_schema_path:
        yield (*place, str(error.instance))
    if error.validator in ("required", "additionalProperties"):
        for part in _NAMES.findall(error.message):
            yield (*place, part)
    for inner in error.context or ():
        yield from _places(inner, place)
