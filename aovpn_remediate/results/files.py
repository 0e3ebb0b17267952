"""Results as JSON: one writer and one reader for plan files, reports and whatever was kept.

Pydantic's own reader and writer of JSON know no half of a character pair, which a host may have in
a value.
"""

from __future__ import annotations

import codecs
import json
from typing import Any, NoReturn

from pydantic import BaseModel

_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
"""What Windows PowerShell writes for `>` and `Out-File` begins with one of them."""


def as_json(document: BaseModel) -> str:
    """Return one JSON object in ASCII, so that a pipe or a file may have any encoding."""
    return json.dumps(document.model_dump(mode="json"), indent=2)


def from_json(content: bytes) -> Any:
    """Return the data in what `as_json` wrote, however it was saved. Raises `ValueError`."""
    encoding = next((name for bom, name in _BOMS.items() if content.startswith(bom)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        name = "UTF-8" if "8" in encoding else "UTF-16"
        raise ValueError(f"it is not {name} text") from None
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON: {error}") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
