"""Schemas of pydantic models, with the docstrings beneath their fields as descriptions."""

from __future__ import annotations

import ast
import inspect
import textwrap
from itertools import pairwise
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Described(GenerateJsonSchema):
    """A schema generator without the titles that pydantic makes of names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Never: the name says as much."""
        del schema
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> Schema:
        """Return the schema of a model."""
        made = super().model_schema(schema)
        made.pop("title", None)
        for name, words in field_words(schema["cls"]).items():
            if name in made.get("properties", {}):
                made["properties"][name]["description"] = words
        return made


def model_schema(model: type[BaseModel]) -> Schema:
    """The schema of a model; those of the models inside it are in `$defs`."""
    return model.model_json_schema(schema_generator=_Described)


def field_words(model: type[BaseModel]) -> dict[str, str]:
    """Return the docstring beneath each field, in one line."""
    found: dict[str, str] = {}
    for each in reversed(model.mro()):
        if issubclass(each, BaseModel) and each is not BaseModel:
            found |= _words_in(textwrap.dedent(inspect.getsource(each)))
    return found


def _words_in(source: str) -> dict[str, str]:
    [made] = ast.parse(source).body
    found = {}
    for field, below in pairwise(made.body if isinstance(made, ast.ClassDef) else []):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(
                value=ast.Constant(value=str(w))
            ):
                found[name] = " ".join(w.split())
    return found


def nullable(schema: Schema) -> Schema:
    """Allow null beside a schema."""
    return {"anyOf": [schema, {"type": "null"}]}


def without_null(schema: Schema) -> Schema:
    """Take null out of what pydantic made of `X | None`."""
    [one] = [branch for branch in schema["anyOf"] if branch != {"type": "null"}]
    words = {name: part for name, part in schema.items() if name not in ("anyOf", "default")}
    return {**one, **words}
