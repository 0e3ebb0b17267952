"""A document as JSON: the models of `results`, as in a plan file.

The JSON is ASCII: no control character of a host reaches a terminal, and a pipe may have any
encoding.
"""

from __future__ import annotations

from aovpn_remediate.reports.document import Document
from aovpn_remediate.results.files import as_json


def report(document: Document) -> str:
    """Return one JSON object."""
    return as_json(document)
