"""Where a playbook may say `{{ expression }}` instead of a value, and where it may not."""

from __future__ import annotations

from typing import Any

from aovpn_remediate.schemas.models import Schema

EXPRESSION: Schema = {"type": "string", "pattern": r"\{\{[\s\S]*\}\}"}
"""A text with an expression in it: a text that is one keeps the type of its value."""

_WORDS = ("title", "description", "default", "examples")


def opened(schema: Schema) -> Schema:
    """A value, or an expression that gives it; also for each part of it."""
    words = {name: part for name, part in schema.items() if name in _WORDS}
    core = {name: part for name, part in schema.items() if name not in _WORDS}
    branches = [_with_open_parts(one) for one in core.get("anyOf", [core])]
    if not any(map(_takes_any_text, branches)):
        branches.append(EXPRESSION)
    return {**words, **(branches[0] if len(branches) == 1 else {"anyOf": branches})}


def _takes_any_text(schema: Schema) -> bool:
    return schema.get("type") == "string" and not schema.keys() & {"pattern", "enum", "const"}


def _with_open_parts(schema: Schema) -> Schema:
    made = dict(schema)
    for name in ("items", "additionalProperties"):
        if isinstance(part := made.get(name), dict):
            made[name] = opened(part)
    return made


def plain(schema: Any) -> Any:
    """A schema whose texts hold no expression: there it would have no meaning."""
    if isinstance(schema, list):
        return [plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {
        name: part if name in ("enum", "const", "default") else plain(part)
        for name, part in schema.items()
    }
    if schema.get("type") == "string" and not schema.keys() & {"enum", "const"}:
        made["not"] = {"pattern": r"\{\{"}
    return made
