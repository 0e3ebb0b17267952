"""`kinds`: the kinds of setting that a step can be about, and their fields."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from aovpn_remediate.cli.options import completers
from aovpn_remediate.cli.options.common import format_option
from aovpn_remediate.cli.program import verb

if TYPE_CHECKING:
    from aovpn_remediate.resources.base import Resource

_TYPES = {"string": "text", "integer": "number", "boolean": "true or false", "object": "mapping"}


@verb(
    "aovpn-remediate kinds",
    "aovpn-remediate kinds registry_value",
)
@click.argument("name", required=False, shell_complete=completers.kinds)
@format_option
def kinds(name: str | None, format_: str) -> None:
    """List the kinds of setting, or show one with its fields."""
    from aovpn_remediate.errors import UsageError
    from aovpn_remediate.playbook.words import did_you_mean
    from aovpn_remediate.resources import KINDS

    if name is not None and name not in KINDS:
        hint = did_you_mean(name, KINDS) or " (`kinds` lists them)"
        raise UsageError(f"unknown kind {name!r}{hint}")
    chosen = {kind: KINDS[kind] for kind in ([name] if name else KINDS)}
    if format_ == "json":
        found = [_as_data(kind) for kind in chosen.values()]
        click.echo(json.dumps({"kind": "kinds", "kinds": found}, indent=2))
        return
    for kind in chosen.values():
        for line in _details(kind) if name else _summary(kind):
            click.echo(line)


def _as_data(kind: type[Resource]) -> dict[str, Any]:
    from aovpn_remediate.resources.proof import kind_proof
    from aovpn_remediate.schemas.models import model_schema

    return {
        "name": kind.kind,
        "summary": kind.summary,
        "read_only": kind.read_only,
        "proof": kind_proof(kind.kind),
        "target": list(kind.target_fields),
        "example": dict(kind.example),
        "schema": model_schema(kind),
    }


def _summary(kind: type[Resource]) -> Iterator[str]:
    from aovpn_remediate.resources.proof import WORDS, kind_proof

    yield kind.kind
    yield f"  {kind.summary}"
    yield f"  tried on: {WORDS[kind_proof(kind.kind)]}"
    yield f"  {', '.join(kind.model_fields)}"


def _details(kind: type[Resource]) -> Iterator[str]:
    from aovpn_remediate.playbook.examples import example_text
    from aovpn_remediate.resources.proof import WORDS, kind_proof
    from aovpn_remediate.schemas.models import model_schema

    yield f"{kind.kind}: {kind.summary}"
    yield f"  tried on: {WORDS[kind_proof(kind.kind)]}"
    schema = model_schema(kind)
    required = schema.get("required", [])
    fields = schema["properties"]
    width = max(map(len, fields))
    for name, field in fields.items():
        notes = [_type(field)]
        if name in required:
            notes.append("required")
        if name in kind.target_fields:
            notes.append("identifies the setting")
        if field.get("default") is not None:
            notes.append(f"default {json.dumps(field['default'])}")
        yield f"  {name:{width}}  {', '.join(notes)}"
        yield f"  {'':{width}}  {field['description']}"
    yield f"For example:\n  {example_text(kind)}"


def _type(field: Mapping[str, Any]) -> str:
    """Return the type of a field, by its JSON Schema, in a few words."""
    if "anyOf" in field:
        return " or ".join(_type(one) for one in field["anyOf"] if one.get("type") != "null")
    if "const" in field:
        return json.dumps(field["const"])
    if "enum" in field:
        return " or ".join(map(str, field["enum"]))
    if field.get("type") == "array":
        return f"list of {_type(field.get('items', {}))}s"
    return _TYPES.get(field.get("type", ""), "anything")
