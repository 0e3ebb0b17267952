"""Web addresses that a report may make a link of."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]+")


def is_web_address(text: str) -> bool:
    """Return True for a whole web address with nothing that a format would read otherwise."""
    return _ADDRESS.fullmatch(text) is not None
