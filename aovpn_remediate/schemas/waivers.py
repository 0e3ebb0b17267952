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
    "host": "The host whose difference is borne.",
    "group": "The group whose hosts' difference is borne; all is every host.",
    "reason": "Why it is borne.",
    "ticket": "By whose leave.",
}


def waivers_schema() -> Schema:
    """Of a whole file."""
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
        "description": "Differences that are borne for a while, by whose leave, and until when.",
        "type": "array",
        "items": {**entry, "description": "One difference that is borne.", "oneOf": given},
    }
