"""Long values and long lists in texts for people: their beginning, and how much more there is.

The state that a plan, a run or the journal holds is always whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

LONGEST = 200
_BEGINNING = 80
_DIGITS = 12


def in_short(text: str, size: str, content: bytes | None = None, *, longest: int = LONGEST) -> str:
    """Return a text as it is, or its beginning with the size and the hash of the whole content.

    The content is the text in UTF-8 where it is not given.
    """
    if len(text) <= longest:
        return text
    whole = text.encode("utf-8", "surrogatepass") if content is None else content
    digest = hashlib.sha256(whole).hexdigest()[:_DIGITS]
    return f"{text[:_BEGINNING]}... ({size}, sha256 {digest})"


def listed(names: Sequence[str], most: int, separator: str = ", ") -> str:
    """List names, at most so many of them: `nps-01, nps-02 and 7 more`."""
    shown = separator.join(names[:most])
    more = len(names) - most
    return f"{shown} and {more} more" if more > 0 else shown
