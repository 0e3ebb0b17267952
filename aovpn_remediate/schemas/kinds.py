"""The schema of each kind of setting: its fields, and what of its rules a schema can say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aovpn_remediate.resources.base import Resource
from aovpn_remediate.resources.registry_value import HIVES, LARGEST, RULES, WINDOWS_TYPES
from aovpn_remediate.resources.vpn_server_ports import PROTOCOLS
from aovpn_remediate.schemas.expressions import EXPRESSION, opened
from aovpn_remediate.schemas.models import Schema, any_case, model_schema

_NULL: Schema = {"type": "null"}
_UNSAID: Schema = {"anyOf": [_NULL, EXPRESSION]}
"""Nothing, or what may turn out to be nothing."""


def kind_schema(kind: type[Resource]) -> Schema:
    """What may stand after the name of a kind, in steps and checks."""
    made = model_schema(kind)
    fields, rules = _MORE.get(kind.kind, _nothing_more)()
    properties = {
        name: opened(_narrowed(schema, fields.get(name, {})))
        for name, schema in made["properties"].items()
    }
    made |= {"title": kind.kind, "description": kind.summary, "properties": properties}
    return made | ({"allOf": rules} if rules else {})


def _narrowed(schema: Schema, more: Schema) -> Schema:
    """With more said of its texts, lists or mappings, whichever `more` is about."""
    if "anyOf" in schema:
        return {**schema, "anyOf": [_narrowed(branch, more) for branch in schema["anyOf"]]}
    if schema.get("type") != more.get("type"):
        return schema
    items = {"items": {**schema["items"], **more["items"]}} if "items" in more else {}
    return {**schema, **more, **items}


# What rules are made of


def _given(name: str) -> Schema:
    return {"required": [name], "properties": {name: {"not": _NULL}}}


def _said(name: str) -> Schema:
    """Given, and surely something."""
    return {"required": [name], "properties": {name: {"not": _UNSAID}}}


def _some_of(names: Iterable[str]) -> Schema:
    return {"anyOf": [_given(name) for name in names]}


def _none_of(names: Iterable[str]) -> Schema:
    return {"properties": dict.fromkeys(names, _UNSAID)}


def _one_of(*groups: tuple[str, ...]) -> list[Schema]:
    """Fields of exactly one of these groups."""
    every = [name for group in groups for name in group]
    return [
        _some_of(every),
        *(
            {
                "if": {"anyOf": [_said(name) for name in group]},
                "then": _none_of(name for name in every if name not in group),
            }
            for group in groups
        ),
    ]


def _if_it_is(name: str, value: Any, then: Schema) -> Schema:
    return {"if": {"required": [name], "properties": {name: {"const": value}}}, "then": then}


# The rules of the kinds

_More = tuple[Mapping[str, Schema], list[Schema]]
"""Narrower fields, and rules about several of them."""


def _nothing_more() -> _More:
    return {}, []


def _registry_value() -> _More:
    hives = "|".join(any_case(hive) for hive in (*HIVES, *HIVES.values()))
    key = {"type": "string", "pattern": rf"^({hives}):?(\\[^\\/]+)+$"}
    name = {"type": "string", "not": {"pattern": rf"^\({any_case('default')}\)$"}}
    typed = [_if_it_is("type", name, _of_type(name)) for name in WINDOWS_TYPES]
    absent_or_typed = {"anyOf": [_given("absent"), _given("type")]}
    rules = [*_one_of(*RULES), absent_or_typed, *typed]
    return {"key": key, "name": name}, rules


def _of_type(name: str) -> Schema:
    numbers = [field for rule in RULES for field in rule if field.startswith(("bits", "at_"))]
    if name in LARGEST:
        number: Schema = {"type": "integer", "minimum": 0, "maximum": LARGEST[name]}
        fields = dict.fromkeys(("data", *numbers), _data(number))
        return {"properties": fields | dict.fromkeys(("contains", "lacks"), _UNSAID)}
    unfit = numbers if name == "multi_string" else [*numbers, "contains", "lacks"]
    return {"properties": {"data": _data(_TEXTS[name]), **dict.fromkeys(unfit, _UNSAID)}}


_TEXTS: Mapping[str, Schema] = {
    "string": {"type": "string"},
    "expand_string": {"type": "string"},
    "multi_string": {"type": "array", "items": {"type": "string", "minLength": 1}},
    "binary": {"type": "string", "pattern": r"^([0-9A-Fa-f]{2}\s*)*$"},
}


def _data(schema: Schema) -> Schema:
    return opened({"anyOf": [schema, _NULL]})


def _service() -> _More:
    gone = _if_it_is("exists", value=False, then=_none_of(("startup", "status")))
    return {}, [_some_of(("exists", "startup", "status")), gone]


def _user_right() -> _More:
    account = {"type": "array", "items": {"pattern": r"^(?![.]\\|[*])[\s\S]*\S"}}
    rules = _one_of(("accounts",), ("exactly",))
    held = {"properties": {"held": {"not": {"const": False}}}}
    return dict.fromkeys(("accounts", "exactly"), account), [
        *rules,
        {"if": _said("exactly"), "then": held},
    ]


def _vpn_server_ports() -> _More:
    return {}, [_some_of(PROTOCOLS)]


def _os_build() -> _More:
    build = {"type": "string", "pattern": r"^[0-9]{3,9}([.][0-9]{1,9})?$"}
    floors = {"type": "object", "minProperties": 1, "propertyNames": {"pattern": "^[0-9]+$"}}
    return {"at_least": build, "floors": floors}, _one_of(("at_least",), ("floors",))


def _installed_program() -> _More:
    return {}, [_if_it_is("exists", value=False, then=_none_of(("version_at_least",)))]


_MORE: Mapping[str, Callable[[], _More]] = {
    "registry_value": _registry_value,
    "service": _service,
    "user_right": _user_right,
    "vpn_server_ports": _vpn_server_ports,
    "os_build": _os_build,
    "installed_program": _installed_program,
}
