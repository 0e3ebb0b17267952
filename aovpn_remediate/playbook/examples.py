"""Examples of kinds, as in a playbook."""

from __future__ import annotations

import sys

import yaml

from aovpn_remediate.resources.base import Resource


def example_text(kind: type[Resource]) -> str:
    """Return the example of a kind in one line of YAML: `service: {name: IAS, status: running}`."""
    fields = yaml.safe_dump(
        dict(kind.example),
        allow_unicode=True,
        default_flow_style=True,
        sort_keys=False,
        width=sys.maxsize,
    )
    return f"{kind.kind}: {fields.strip()}"
