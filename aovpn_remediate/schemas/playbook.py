"""The schema of playbooks."""

from __future__ import annotations

from typing import Any

from aovpn_remediate.playbook.schema import Header, StepHeader
from aovpn_remediate.playbook.variables import NAME, RESERVED
from aovpn_remediate.resources import KINDS
from aovpn_remediate.schemas.expressions import EXPRESSION, plain
from aovpn_remediate.schemas.kinds import kind_schema
from aovpn_remediate.schemas.models import DIALECT, Schema, model_schema

VARS: Schema = {
    "type": "object",
    "propertyNames": {"pattern": f"^{NAME.pattern}$", "not": {"enum": sorted(RESERVED)}},
}
"""Variables by their names, of any value."""


def playbook_schema() -> Schema:
    """Return the schema of a playbook."""
    header = plain(model_schema(Header))
    step = plain(model_schema(StepHeader))
    fields = header["properties"]
    fields["vars"] |= VARS | {"additionalProperties": {"$ref": "#/$defs/plain"}}
    for part in ("only_if", "before", "steps", "after"):
        what = "step" if part == "steps" else "check"
        fields[part] |= {"items": {"$ref": f"#/$defs/{what}"}}
    return {
        "$schema": DIALECT,
        "title": "Playbook of aovpn-remediate",
        **header,
        "anyOf": [{"required": ["steps"]}, {"required": ["backup"]}],
        "$defs": {
            **header.get("$defs", {}),
            **step.pop("$defs", {}),
            "step": _step(step),
            "check": _check(),
            "plain": _PLAIN,
            **{name: kind_schema(kind) for name, kind in KINDS.items()},
        },
    }


_PLAIN: Schema = {
    "description": "A value without expressions.",
    "not": {"type": "string", "pattern": r"\{\{"},
    "items": {"$ref": "#/$defs/plain"},
    "additionalProperties": {"$ref": "#/$defs/plain"},
}


def _kinds() -> dict[str, Any]:
    return {
        name: {"description": kind.summary, "$ref": f"#/$defs/{name}"}
        for name, kind in KINDS.items()
    }


def _step(header: Schema) -> Schema:
    each = {
        "description": "One step for each item of a list, which is `item` in its expressions.",
        "anyOf": [{"type": "array"}, EXPRESSION],
    }
    return {
        **header,
        "description": "Something that is made as declared: an id, one kind, what a change needs.",
        "properties": {**header["properties"], "each": each, **_kinds()},
        "oneOf": [{"required": [name]} for name in KINDS],
    }


def _check() -> Schema:
    return {
        "description": "Something that is read and must be as declared: one kind.",
        "type": "object",
        "properties": _kinds(),
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
