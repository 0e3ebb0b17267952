"""Long values in texts for people: their beginning, their length and a hash.

The state that a plan, a run or the journal holds is always whole.
"""

from __future__ import annotations

import hashlib

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
