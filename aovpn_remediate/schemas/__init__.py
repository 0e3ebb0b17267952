"""JSON Schemas of the files that a person writes, made from the code that reads them.

They are shipped as files beside this one, which `make schema` writes anew. What needs the whole
file, the inventory or today's date (names that do not exist, what is there twice, what has expired)
only the reader can tell.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from aovpn_remediate.schemas.inventory import inventory_schema
from aovpn_remediate.schemas.models import Schema
from aovpn_remediate.schemas.playbook import playbook_schema
from aovpn_remediate.schemas.waivers import waivers_schema

SCHEMAS: Mapping[str, Callable[[], Schema]] = {
    "playbook": playbook_schema,
    "inventory": inventory_schema,
    "waivers": waivers_schema,
}
"""The schemas by the name of the file that each is shipped in."""

_FOLDER = Path(__file__).parent


def shipped(name: str) -> Path:
    """The file that a schema is shipped in."""
    return _FOLDER / f"{name}.json"


def as_text(schema: Schema) -> str:
    """A schema as it is shipped."""
    return json.dumps(schema, indent=2, ensure_ascii=True) + "\n"
