"""Expressions: their values, and the errors of invalid ones."""

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
    "off": "false",
    "five": "5",
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
        ("{{ 1 < count <= 5 != 6 }}", True),
        ("{{ 1 < count < 5 }}", False),
        ("{{ 5 in [count] and 'S' in name and 'x' not in name }}", True),
        ("{{ name == 'IAS' and name < 'J' }}", True),
        ("{{ types == [13, 25] }}", True),
        ("{{ nothing == 'x' }}", False),
        ("{{ 'a' if nothing or yes else 'b' }}", "a"),
        ("{{ nothing or 'default' }}", "default"),
        ("{{ 'a' if types and count and not nothing else 'b' }}", "a"),
        ("{{ yes and name }}", "IAS"),
        ("{{ yes is true and count is eq(5) and count is not gt 5 }}", True),
        ("{{ name is in ['IAS'] and five in ['5', 5] and nothing not in types }}", True),
        ("{{ name is string and nothing is none and count is odd }}", True),
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
def test_text_without_expressions_stays_as_it_is(text: str) -> None:
    assert compile_text(text) is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{{ a }}{{ b.c }}", {"a", "b"}),
        ("{{ range(a) | join(b) }}", {"a", "b"}),
        ("{{ 'a' if true else none }}", set()),
    ],
)
def test_an_expression_lists_the_variables_that_it_needs(text: str, names: set[str]) -> None:
    expression = compile_text(text)

    assert expression is not None
    assert expression.names == names


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{ conut }}", "the variable conut is undefined (did you mean count?)"),
        ("{{ account.nme }}", "a mapping has no item 'nme' (did you mean name?)"),
        ("{{ types[5] }}", "a list has no item 5"),
        ("{{ count if count > 9 }}", "an if needs an else"),
        ("x{{ types }}", "a list cannot be used in a text"),
        ("x{{ nothing }}", "empty cannot be used in a text"),
        ("{{ name ~ types }}", "a list cannot be used in a text"),
        ("{{ name.upper() }}", "range is the only function"),
        ("{{ name.__class__ }}", "the text 'IAS' has no item '__class__'"),
        ("{{ ''.__class__.__mro__ }}", "the text '' has no item '__class__'"),
        ("{{ range }}", "should be plain data, but is a function"),
        ("{{ self }}", "should be plain data"),
        ("{{ cycler }}", "the variable cycler is undefined"),
        ("{{ name | uper }}", "unknown filter 'uper' (did you mean upper?)"),
        ("{{ name | xmlattr }}", "(known filters: certificate_file, first, int, join"),
        ("{{ types | upper }}", "should be text, but is a list"),
        ("{{ name | int }}", "the text 'IAS' is not a whole number"),
        ("{{ [] | first }}", "the list is empty"),
        ("{{ yes + 1 }}", "+ is not supported for true and the number 1"),
        ("{{ name > 1 }}", "name is the text 'IAS', which is never compared with the number 1"),
        ("{{ types > 1 }}", "the types of the values do not match"),
        ("{{ 1 if off else 0 }}", "off is the text 'false', which is no condition: give -e off:="),
        ("{{ not off }}", "give -e off:=false (in YAML: false without quotes), in '{{ not off }}'"),
        ("{{ off and yes }}", "off is the text 'false', which is no condition"),
        ("{{ off or yes }}", "off is the text 'false', which is no condition"),
        ("{{ 1 if yes and off else 0 }}", "the text 'false' is no condition: write false without"),
        ("{{ 1 if not account.name else 0 }}", "the text 'svc' is no condition: compare it"),
        ("{{ 1 if name else 0 }}", "no condition: compare it, such as name == 'text'"),
        ("{{ [1 if '' else 0] }}", "the text '' is no condition"),
        ("{{ {'a': 1 if 'no' else 0} }}", "the text 'no' is no condition: write false without"),
        ("{{ five == 5 }}", "five is the text '5', which is never compared with the number 5"),
        ("{{ 1 < five < 9 }}", "give -e five:=5 (in YAML: 5 without quotes)"),
        ("{{ off != true }}", "off is the text 'false', which is never compared with true"),
        ("{{ five + 1 }}", "for the text '5' and the number 1: write 5 without quotes, or use the"),
        ("{{ range(five) }}", "range needs whole numbers, not the text '5': write 5 without"),
        ("{{ off is true }}", "off is the text 'false', which is no condition: give -e off:=false"),
        ("{{ 1 if off is not false else 0 }}", "off is the text 'false', which is no condition"),
        ("{{ five is eq(5) }}", "five is the text '5', which is never compared with the number 5"),
        ("{{ five is gt 4 }}", "give -e five:=5 (in YAML: 5 without quotes)"),
        ("{{ five in [4, 5] }}", "five is the text '5', which is never compared with the number 4"),
        ("{{ five is in [4, 5] }}", "five is the text '5', which is never compared with the num"),
        ("{{ count not in ['4'] }}", "the text '4' is never compared with the number 5: write 4"),
        ("{{ types | a condition }}", "invalid expression"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ '\\ud800' }}", "the character U+D800 cannot be in a value"),
        ("{% if count %}", "statements ({%) are not supported"),
        ("{{ count }}{# x #}", "comments ({#) are not supported"),
        ("{{ count", "{{ is not closed by }}"),
        ("{{ count }", "{{ is not closed by }}"),
        ("{{ }}", "invalid expression"),
        ("{{ count count }}", "invalid expression"),
        ("{{- count -}}", "{{- and -}} are not supported"),
        ("{{ 'C:\\Users' }}", "a backslash in an expression is written \\\\"),
        ("{{ " + "x" * MAX_LENGTH + " }}", "{{ is not closed by }} within 1000 characters"),
        ("{{ " + "(" * 300 + "1" + ")" * 300 + " }}", "the expression is nested too deeply"),
    ],
)
def test_invalid_expressions_and_their_messages(text: str, words: str) -> None:
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
    began = time.thread_time()

    with pytest.raises(ExpressionError):
        value_of(text)

    assert time.thread_time() - began < 1


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
