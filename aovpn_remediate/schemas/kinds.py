"""The schema of each kind of setting: its fields, and its rules as far as a schema can say them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from aovpn_remediate.resources.base import Resource
from aovpn_remediate.resources.rules import OneOf, Rule, SomeOf, Where, Without
from aovpn_remediate.schemas.expressions import EXPRESSION, opened, plain
from aovpn_remediate.schemas.models import Schema, model_schema

_NULL: Schema = {"type": "null"}
_UNSAID: Schema = {"anyOf": [_NULL, EXPRESSION]}
"""Nothing, or what may turn out to be nothing."""


def kind_schema(kind: type[Resource]) -> Schema:
    """Return the schema of the fields of a kind, in steps and checks."""
    made = model_schema(kind)
    properties = {
        name: plain(schema) if name in kind.verbatim else opened(schema)
        for name, schema in made["properties"].items()
    }
    made |= {"title": kind.kind, "description": kind.summary, "properties": properties}
    made["examples"] = [dict(kind.example)]
    rules = [part for rule in kind.rules for part in _as_schema(rule)]
    return made | ({"allOf": rules} if rules else {})


def _as_schema(rule: Rule) -> Iterator[Schema]:
    match rule:
        case SomeOf(names):
            yield _some_of(names)
        case OneOf(groups):
            yield from _one_of(groups)
        case Without(field, values, names):
            yield _if_it_is(field, values, _none_of(names))
        case Where(field, value, names, type_):
            fits = opened({"anyOf": [type_.json_schema(), _NULL]})
            yield _if_it_is(field, (value,), {"properties": dict.fromkeys(names, fits)})


def _given(name: str) -> Schema:
    return {"required": [name], "properties": {name: {"not": _NULL}}}


def _said(name: str) -> Schema:
    """Given, and surely something."""
    return {"required": [name], "properties": {name: {"not": _UNSAID}}}


def _some_of(names: Iterable[str]) -> Schema:
    return {"anyOf": [_given(name) for name in names]}


def _none_of(names: Iterable[str]) -> Schema:
    return {"properties": dict.fromkeys(names, _UNSAID)}


def _one_of(groups: Iterable[tuple[str, ...]]) -> Iterator[Schema]:
    every = [name for group in groups for name in group]
    yield _some_of(every)
    for group in groups:
        yield {
            "if": {"anyOf": [_said(name) for name in group]},
            "then": _none_of(name for name in every if name not in group),
        }


def _if_it_is(field: str, values: tuple[Any, ...], then: Schema) -> Schema:
    is_it = {"const": values[0]} if len(values) == 1 else {"enum": list(values)}
    return {"if": {"required": [field], "properties": {field: is_it}}, "then": then}
