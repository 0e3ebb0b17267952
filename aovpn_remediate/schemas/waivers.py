"""The schema of files of waivers."""

from __future__ import annotations

from aovpn_remediate.inventory.waivers import _Entry
from aovpn_remediate.schemas.models import DIALECT, Schema, model_schema

_FORMS = {
    "step": (r"^[^/\s]+/[^/\s]+$", "The step, as playbook/step; both may be globs."),
    "expires": (
        "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        "The last day, by UTC, in quotes; afterwards the waiver is an error.",
    ),
}
_WORDS = {
    "host": "The host whose difference is accepted.",
    "group": "The group whose hosts' difference is accepted; all is every host.",
    "reason": "The reason for which it is accepted.",
    "ticket": "By whose leave.",
}


def waivers_schema() -> Schema:
    """Return the schema of a waiver file."""
    entry = model_schema(_Entry)
    fields = entry["properties"]
    for name, words in _WORDS.items():
        fields[name] |= {"description": words}
    for name, (pattern, words) in _FORMS.items():
        fields[name] |= {"pattern": pattern, "description": words}
    given = [{"required": [n], "properties": {n: {"type": "string"}}} for n in ("host", "group")]
    return {
        "$schema": DIALECT,
        "title": "Waivers of aovpn-remediate",
        "description": "Accepted deviations: who approved them, and until when.",
        "type": "array",
        "items": {**entry, "description": "One accepted deviation.", "oneOf": given},
    }
