"""Documents in which every text attacks a browser."""

from __future__ import annotations

from typing import Any

from aovpn_remediate.reports import Document
from aovpn_remediate.resources.backups import TITLES

CANNOT_BE_SEEN = "\u202e\u001b\u0000"
"""It turns the direction of writing, moves a cursor, ends a text."""
MARKUP = "\"'></script><script>window.hacked=1</script><img src=x onerror=hacked=1>javascript:x"
_KEPT = {"kind", "status", "action", "started", "finished", "made_at", "product_type"}
"""What the model takes no other text for."""


def poisoned(document: Document) -> Document:
    """Return the document with something hostile at the end of each free text."""
    return type(document).model_validate(_poisoned(document.model_dump(mode="json")))


def _poisoned(found: Any) -> Any:
    if isinstance(found, dict):
        return {key: v if key in _KEPT else _poisoned(v) for key, v in found.items()}
    if isinstance(found, list):
        return [_poisoned(item) for item in found]
    takes_any = isinstance(found, str) and found not in TITLES
    return found + CANNOT_BE_SEEN + MARKUP if takes_any else found
