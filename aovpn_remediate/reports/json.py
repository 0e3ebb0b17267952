"""A document as JSON: that of the models in `results`, which is what a plan file holds.

It is ASCII: what a host sent reaches no terminal as it is, and any encoding of a pipe will do.
"""

from __future__ import annotations

import json

from aovpn_remediate.reports.document import Document


def report(document: Document) -> str:
    """One JSON object."""
    return json.dumps(document.model_dump(mode="json"), indent=2)
