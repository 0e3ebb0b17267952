"""Expressions: what they give, and what they refuse."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aovpn_remediate.playbook.expressions import MAX_LENGTH, ExpressionError, compile_text

VARIABLES: dict[str, Any] = {
    "count": 5,
    "name": "IAS",
    "types": [13, 25],
    "account": {"items": [1], "name": "svc", "inner": {"a": 1}},
    "result": 7,
    "yes": True,
    "nothing": None,
    "big": 10**19,
}


def value_of(text: str) -> Any:
    expression = compile_text(text)
    assert expression is not None
    return expression.evaluate(VARIABLES)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ count }}", 5),
        ("{{count}}", 5),
        ("{{ types }}", [13, 25]),
        ("{{ yes }}", True),
        ("{{ nothing }}", None),
        ("{{ account.inner }}", {"a": 1}),
        ("{{ account.items }}", [1]),
        ("{{ account['name'] }}", "svc"),
        ("{{ types[1] }}", 25),
        ("{{ types[:1] + [26] }}", [13, 26]),
        ("{{ count + 1 }}", 6),
        ("{{ result + 1 }}", 8),
        ("{{ count > 3 and yes }}", True),
        ("{{ 'a' if count > 3 else 'b' }}", "a"),
        ("{{ name ~ '-' ~ count }}", "IAS-5"),
        ("{{ types | join(', ') }}", "13, 25"),
        ("{{ '12' | int }}", 12),
        ("{{ '0x1F' | int }}", 31),
        ("{{ name | lower | replace('i', 'o') }}", "oas"),
        ("{{ [2, 1, 2] | unique | sort | first }}", 1),
        ("{{ types | last | string | length }}", 2),
        ("{{ range(3) }}", [0, 1, 2]),
        ("{{ {'a': {'b': 1}} }}", {"a": {"b": 1}}),
        ("{{ '}}{{' }}", "}}{{"),
        (r"{{ 'a\\b' }}", r"a\b"),
        ("{{ (1, 2) }}", [1, 2]),
    ],
)
def test_a_value_that_is_one_expression_keeps_its_type(text: str, value: object) -> None:
    found = value_of(text)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"HKLM\EAP\{{ types[0] }}", r"HKLM\EAP\13"),
        ("{{ count }}{{ count }}", "55"),
        (" {{ count }}", " 5"),
        ("{{ yes }}!", "true!"),
        ("a\r\nb {{ name }}\r\n\n", "a\r\nb IAS\r\n\n"),
        ("{{ '{{' }} and }}", "{{ and }}"),
        ("'{{ name }}' $(x) \u2018{{ name }}\u2019", "'IAS' $(x) \u2018IAS\u2019"),
    ],
)
def test_text_with_expressions_in_it_is_text(text: str, value: str) -> None:
    assert value_of(text) == value


@pytest.mark.parametrize("text", ["", "plain", "}}", "{ x }", "{", "$x{0}", "don't"])
def test_text_without_expressions_is_left_alone(text: str) -> None:
    assert compile_text(text) is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{{ a }}{{ b.c }}", {"a", "b"}),
        ("{{ range(a) | join(b) }}", {"a", "b"}),
        ("{{ 'a' if true else none }}", set()),
    ],
)
def test_an_expression_tells_which_variables_it_needs(text: str, names: set[str]) -> None:
    expression = compile_text(text)

    assert expression is not None
    assert expression.names == names


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{ conut }}", "the variable conut is undefined (did you mean count?)"),
        ("{{ account.nme }}", "there is no 'nme' in a mapping (did you mean name?)"),
        ("{{ types[5] }}", "there is no 5 in a list"),
        ("{{ count if count > 9 }}", "an if needs its else"),
        ("x{{ types }}", "a list cannot be a part of a text"),
        ("x{{ nothing }}", "empty cannot be a part of a text"),
        ("{{ name ~ types }}", "a list cannot be a part of a text"),
        ("{{ name.upper() }}", "range is the only function"),
        ("{{ name.__class__ }}", "there is no '__class__' in the text 'IAS'"),
        ("{{ ''.__class__.__mro__ }}", "there is no '__class__' in the text ''"),
        ("{{ range }}", "should be plain data, is a function"),
        ("{{ self }}", "should be plain data"),
        ("{{ cycler }}", "the variable cycler is undefined"),
        ("{{ name | uper }}", "no filter is called 'uper' (did you mean upper?)"),
        ("{{ name | xmlattr }}", "(there are: first, int, join"),
        ("{{ types | upper }}", "should be text, is a list"),
        ("{{ name | int }}", "the text 'IAS' is no whole number"),
        ("{{ [] | first }}", "the list is empty"),
        ("{{ yes + 1 }}", "no + of true and the number 1"),
        ("{{ name > 1 }}", "these do not go together"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ '\\ud800' }}", "the character U+D800 cannot be sent to a host"),
        ("{% if count %}", "there are no statements ({%)"),
        ("{{ count }}{# x #}", "there are no comments ({#)"),
        ("{{ count", "{{ without its }}"),
        ("{{ count }", "{{ without its }}"),
        ("{{ }}", "not an expression"),
        ("{{ count count }}", "not an expression"),
        ("{{- count -}}", "{{- and -}} have no meaning here"),
        ("{{ 'C:\\Users' }}", "a backslash in an expression is written \\\\"),
        ("{{ " + "x" * MAX_LENGTH + " }}", "{{ without its }} in the next 1000 characters"),
        ("{{ " + "(" * 300 + "1" + ")" * 300 + " }}", "too deep an expression"),
    ],
)
def test_what_is_refused_and_in_which_words(text: str, words: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        value_of(text)

    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "{{ 'a' * 10000000000 }}",
        "{{ [1] * 10000000000 }}",
        "{{ 9 ** 9 ** 9 ** 9 }}",
        "{{ big * big }}",
        "{{ range(10000000000) }}",
        "{{ range(100000) }}",
        "{{ '%10000000000d' % 1 }}",
        "{{ 'x' | center(10000000000) }}",
        "{{ 'x'.ljust(10000000000) }}",
        "{{ '{:10000000000}'.format(1) }}",
        "{{ range(10000) | join(range(10000) | join('x')) }}",
        "{{ (range(9999) | join) | replace('1', range(9999) | join) }}",
        "{{ 1e308 * 10 }}",
        "{{ 99999999999999999999999999 }}",
        "{{ " + r"\'" * 1_000_000,
    ],
)
def test_nothing_grows_large_or_takes_long(text: str) -> None:
    began = time.perf_counter()

    with pytest.raises(ExpressionError):
        value_of(text)

    assert time.perf_counter() - began < 1


ALPHABET = "ab1.5 +-*/%~|()[]{}'\"\\,:=<>_ifnotelsandrge\n"


@given(st.text(alphabet=ALPHABET, max_size=40))
def test_any_expression_gives_plain_data_or_one_line(text: str) -> None:
    try:
        expression = compile_text("{{ " + text + " }}")
        value = expression.evaluate({"a": 1, "b": "x"}) if expression else None
    except ExpressionError as refused:
        assert "\n" not in str(refused)  # noqa: PT017 - either is right
    else:
        assert isinstance(value, None | bool | int | float | str | list | dict)


@given(st.text())
def test_any_text_is_itself_or_refused(text: str) -> None:
    try:
        expression = compile_text(text)
    except ExpressionError:
        assert "{{" in text or "{%" in text or "{#" in text
    else:
        assert (expression is None) == ("{{" not in text)
