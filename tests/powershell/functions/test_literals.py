"""Literals on a real PowerShell: every value is read exactly as it was written."""

from __future__ import annotations

import random

from aovpn_remediate.rendering.literals import INT64_MIN, UINT64_MAX, in_ascii, literal
from tests.powershell.host import EngineHost

_SPECIAL = "'\u2018\u2019\u201a\u201b\"\u201c\u201d\u201e`$(){}@;,#&|<>\\/ \t\r\n\0\x1b\x7f\x85"
_WIDE = "\u00ad\u200b\u2028\u2029\ufeff\ufffd\u0301\u00e9\u0130\u4e2d\U0001f600"
_NUMBERED = "\ufffe\uffff\ud800\udbff\udc00\udfff"
_NUMBERS = [
    0,
    1,
    -1,
    2**31 - 1,
    2**31,
    -(2**31),
    2**32 - 1,
    2**63 - 1,
    2**63,
    UINT64_MAX,
    INT64_MIN,
]


def _texts() -> list[str]:
    """Return texts that are the same in every run."""
    chosen = random.Random(20261121)  # noqa: S311 - not for secrets
    alphabet = _SPECIAL + _WIDE + _NUMBERED + "ab"
    some = ["".join(chosen.choices(alphabet, k=chosen.randint(0, 12))) for _ in range(500)]
    return [*alphabet, "$(throw 'run')", "'; throw 'run", "\u2019; throw \u2018run", *some]


def _in_pairs(text: str) -> str:
    """Two halves of a pair that stand together are one character, to Windows as to JSON."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def test_texts_are_read_as_written(each_engine: EngineHost) -> None:
    texts = _texts()
    call = f"ConvertTo-AovpnText ([ordered]@{{ texts = {literal(texts)} }})"
    assert each_engine.records(call) == [{"texts": [_in_pairs(text) for text in texts]}]


def test_values_are_read_as_written(each_engine: EngineHost) -> None:
    values = {
        "numbers": _NUMBERS,
        "words": [None, True, False],
        "lists": {"none": [], "one": ["a"], "nested": [[1, 2], []]},
        "it's": {"a b": {}},
    }
    call = f"ConvertTo-AovpnText ([ordered]@{{ values = {literal(values)} }})"
    assert each_engine.records(call) == [{"values": values}]


def test_in_ascii_texts_are_read_as_written(each_engine: EngineHost) -> None:
    texts = {"texts": _texts(), "it\u2019s \u00e9": {"\u00d1": 1}}
    call = f"ConvertTo-AovpnText ([ordered]@{{ all = {literal(texts)} }})"
    assert in_ascii(call).isascii()
    assert each_engine.run(in_ascii(call)) == each_engine.run(call)
