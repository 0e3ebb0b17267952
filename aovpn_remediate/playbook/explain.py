"""The translation of pydantic's errors into plain sentences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from aovpn_remediate.playbook.words import (
    Finding,
    Place,
    describe,
    did_you_mean,
    given_as,
    one_of,
    quote,
    quoted_as,
)
from aovpn_remediate.resources.rules import MISFIT

M = TypeVar("M", bound=BaseModel)


class Source(Protocol):
    """The expression that a value comes from."""

    @property
    def text(self) -> str:
        """The expression as it was written."""
        ...

    @property
    def variable(self) -> str | None:
        """The variable that is the whole expression, if one is."""
        ...


SourceOf = Callable[[Place], Source | None]
"""The expression that the value at a place comes from, if it comes from one."""


def _as_written(place: Place) -> None:
    """Every value stands in the file itself."""
    del place


_SHAPES = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "none_required": "empty",
}
_TYPES = {
    "a whole number": "integer",
    "a number": "number",
    "true or false": "boolean",
    "text": "string",
}
_BOUNDS = {
    "greater_than_equal": "should be at least {ge}, but is {value}",
    "greater_than": "should be above {gt}, but is {value}",
    "less_than_equal": "should be at most {le}, but is {value}",
    "less_than": "should be below {lt}, but is {value}",
    "string_too_short": "should have {min_length} or more characters, but is {value}",
    "string_too_long": "should have {max_length} or fewer characters, but is {value}",
    "string_pattern_mismatch": "should match the pattern {pattern}, but is {value}",
    "too_short": "should have {min_length} or more items, but has {actual_length}",
    "too_long": "should have {max_length} or fewer items, but has {actual_length}",
}


def check(
    model: type[M], value: Any, source_of: SourceOf = _as_written
) -> tuple[M | None, list[Finding]]:
    """Return the model made of a value; or None, and what is wrong."""
    try:
        return model.model_validate(value), []
    except ValidationError as error:
        return None, explain(error, value, model, source_of)


def explain(
    error: ValidationError,
    value: Any,
    model: type[BaseModel],
    source_of: SourceOf = _as_written,
) -> list[Finding]:
    """Return the problems of a value that a model refused, one line of text for each place.

    pydantic names the branches of a union as if they were parts of the value, and reports an error
    for each; here the branches that match best become one problem at the place of the value.
    """
    direct: dict[Place, list[ErrorDetails]] = defaultdict(list)
    branches: dict[Place, list[tuple[Place, ErrorDetails]]] = defaultdict(list)
    for detail in error.errors(include_url=False):
        place, union = _places(detail, value)
        if union is None:
            direct[place].append(detail)
        else:
            branches[union].append((place, detail))
    for found in branches.values():
        deepest = max(len(place) for place, _ in found)
        for place, detail in found:
            if len(place) == deepest:
                direct[place].append(detail)
    return [
        (place, _text(place, details, model) + _from(source_of(place), details))
        for place, details in direct.items()
    ]


def _places(detail: ErrorDetails, value: Any) -> tuple[Place, Place | None]:
    """Return the place of an error in the value, and of the union that it is in, if any."""
    place: Place = ()
    union: Place | None = None
    for position, part in enumerate(detail["loc"]):
        last = position == len(detail["loc"]) - 1
        if _has(value, part):
            value = value[part]
        elif not (last and detail["type"] == "missing"):
            union = place if union is None else union
            continue
        place = (*place, part)
    if detail["type"] == MISFIT:
        item = detail["ctx"]["item"]
        return (*place, detail["ctx"]["field"], *(() if item is None else (item,))), union
    return place, union


def _has(value: Any, part: str | int) -> bool:
    if isinstance(value, list | tuple):
        return isinstance(part, int) and part < len(value)
    return isinstance(value, Mapping) and part in value


def _text(place: Place, details: list[ErrorDetails], model: type[BaseModel]) -> str:
    shapes = dict.fromkeys(shape for detail in details if (shape := _shape(detail)))
    value = details[0]["input"]
    if not shapes:
        return _single(details[0], place, model)
    near = ""
    if isinstance(value, str):
        near = did_you_mean(value, [word for detail in details for word in _words(detail)])
    return f"should be {one_of(shapes)}, but is {describe(value)}{near}"


def _from(source: Source | None, details: list[ErrorDetails]) -> str:
    """Return the expression that a value comes from, and how to give a value that will do."""
    wanted = {word for detail in details if (word := _wanted(detail))}
    value = details[0].get("ctx", {}).get("value", details[0]["input"])
    give = None
    name = source.variable if source else None
    if source and name is None:
        pass  # nothing that is written is the value
    elif isinstance(value, str):
        give = given_as(
            value, name, truth="boolean" in wanted, number=bool(wanted & {"integer", "number"})
        )
    elif isinstance(value, int | float) and "string" in wanted:
        give = quoted_as(value, name)
    origin = f", from {quote(source.text)}" if source else ""
    return origin + (f": {give}" if give else "")


def _wanted(detail: ErrorDetails) -> str:
    """Return the type of JSON Schema that a value has to have; empty where it is of that type."""
    if detail["type"] == MISFIT:
        return str(detail["ctx"]["wanted"])
    return _TYPES.get(_SHAPES.get(detail["type"], ""), "")


def _shape(detail: ErrorDetails) -> str | None:
    if detail["type"] == "literal_error":
        words = _words(detail)
        return words[0] if len(words) == 1 else f"one of {', '.join(words)}"
    return _SHAPES.get(detail["type"])


def _words(detail: ErrorDetails) -> list[str]:
    """Return the values that a literal may have."""
    if detail["type"] != "literal_error":
        return []
    listed = str(detail["ctx"]["expected"]).replace(" or ", ", ")
    return [word.strip("'") for word in listed.replace("True", "true").split(", ")]


def _single(detail: ErrorDetails, place: Place, model: type[BaseModel]) -> str:
    kind = detail["type"]
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return f"unknown field{did_you_mean(str(place[-1]), _fields(model, place[:-1]))}"
    context = detail.get("ctx", {})
    if kind in _BOUNDS:
        return _BOUNDS[kind].format(**context, value=describe(detail["input"]))
    if kind == MISFIT:
        return f"{context['why']}, but is {describe(context['value'])}"
    if kind in ("value_error", "assertion_error"):
        return " ".join(str(context["error"]).split())
    return f"{detail['msg'][:1].lower()}{detail['msg'][1:]}, but is {describe(detail['input'])}"


def _fields(model: type[BaseModel], place: Place) -> list[str]:
    """Return the names of the fields that a mapping at a place may have."""
    models = [model]
    for part in place:
        if isinstance(part, str):
            fields = (each.model_fields.get(part) for each in models)
            models = [inner for field in fields if field for inner in _models(field.annotation)]
    return [name for each in models for name in each.model_fields]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
