from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aovpn_remediate.rendering.literals import INT64_MIN, UINT64_MAX, literal, read_literal

_QUOTES = "'\u2018\u2019\u201a\u201b"
_NUMBERED = "\ufffe\uffff\ud800\udfff"
_TEXT = st.text(st.characters(exclude_categories=[])) | st.text(
    st.sampled_from(_QUOTES + _NUMBERED + '"`$()@{}\r\n\0\u0085\u2028\ufeff\u201c\u201d; =')
)
_QUOTED = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff")
) | st.text(st.sampled_from(_QUOTES + '"`$()@{}\r\n\0; ='))
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(INT64_MIN, UINT64_MAX) | _TEXT,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "b c", "it's", "\u2019", ""]), inner)
    ),
    max_leaves=12,
)


@given(_VALUES)
def test_a_literal_is_read_back_unchanged(value: Any) -> None:
    assert read_literal(literal(value)) == value


@given(_TEXT)
def test_every_literal_can_travel_in_xml_and_in_utf_8(text: str) -> None:
    written = literal(text)
    written.encode()
    assert "\ufffe" not in written
    assert "\uffff" not in written


@given(_QUOTED)
def test_every_quote_of_powershell_is_doubled(text: str) -> None:
    inner = literal(text)[1:-1]
    while inner:
        if inner[0] in _QUOTES:
            assert inner[1] == inner[0]
            inner = inner[1:]
        inner = inner[1:]


@pytest.mark.parametrize("text", ["20000000000000000000", "@{'a' = 1; 'A' = 2}"])
def test_literals_that_cannot_be_written_are_not_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"64 bits|twice"):
        read_literal(text)


@given(st.text(max_size=40))
def test_any_readable_text_is_a_valid_literal(text: str) -> None:
    try:
        value = read_literal(text)
    except ValueError:
        return
    assert read_literal(literal(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "$null"),
        (True, "$true"),
        (2147483648, "2147483648"),
        (2**63, "([uint64]'9223372036854775808')"),
        (INT64_MIN, "([long]'-9223372036854775808')"),
        ("it\u2019s", "'it\u2019\u2019s'"),
        ("it's\0\uffff", "(-join @('it''s\0', [char]65535))"),
        ("\ud83d\udfff x", "(-join @([char]55357, [char]57343, ' x'))"),
        ({"\ufffe": "a"}, "@{(-join @([char]65534)) = 'a'}"),
        ([], "@()"),
        ((1, "a"), "@(1, 'a')"),
        ({"a": [None]}, "@{'a' = @($null)}"),
    ],
)
def test_values_become_powershell_literals(value: Any, text: str) -> None:
    assert literal(value) == text


@pytest.mark.parametrize(
    "value",
    [1.5, b"x", {1, 2}, 2**64, INT64_MIN - 1, {"a": 1, "A": 2}, {1: 2}],
    ids=repr,
)
def test_values_without_a_literal_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        literal(value)


@pytest.mark.parametrize("text", ["'a'b'", "'a\u2019b'", "@(1,2)", "$x", "1 + 1", "'a'; ls", ""])
def test_other_expressions_are_not_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_literal(text)
