"""Variables: precedence, and those of the command line."""

from __future__ import annotations

import pytest

from aovpn_remediate.errors import UsageError
from aovpn_remediate.playbook.variables import merge_variables, parse_extra


def test_a_later_layer_wins_and_replaces_the_whole_variable() -> None:
    playbook = {"types": [13], "account": {"name": "a", "sid": 1}, "count": 1}
    host = {"account": {"name": "b"}, "count": 2}

    assert merge_variables(playbook, host, {"count": 3}) == {
        "types": [13],
        "account": {"name": "b"},
        "count": 3,
    }
    assert playbook["count"] == 1


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("a=b", {"a": "b"}),
        ("a=", {"a": ""}),
        ("a=1", {"a": "1"}),
        ("a=b=c:=d", {"a": "b=c:=d"}),
        ("a={{ x }}", {"a": "{{ x }}"}),
        ("a:=1", {"a": 1}),
        ('a:={"b": [1, true, null, "x"]}', {"a": {"b": [1, True, None, "x"]}}),
    ],
)
def test_extra_variables_are_text_or_json(text: str, variables: dict[str, object]) -> None:
    assert parse_extra([text]) == variables


def test_the_last_variable_of_a_name_wins() -> None:
    assert parse_extra(["a=1", "b=2", "a:=3"]) == {"a": 3, "b": "2"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a", "-e 'a': expected name=text or name:=json"),
        (
            "a b=1",
            "-e 'a b=1': the name should be letters, digits and _, not beginning with a digit",
        ),
        (
            "=1",
            "-e '=1': the name should be letters, digits and _, not beginning with a digit",
        ),
        ("item=1", "-e 'item=1': the name is a reserved word of expressions: choose another name"),
        (
            "a:=b",
            "-e a: not valid JSON: Expecting value at character 1; put text in double quotes",
        ),
        ("a:=NaN", "-e a: NaN is not a valid number"),
        ("a:=1e999", "-e a: the number is too large"),
        ("a:=" + "9" * 30, "-e a: the number is too large"),
        ('a:={"b": 1, "B": 2}', "-e a: a key is used twice, or differs only in case"),
        ('a:="\\ud800"', "-e a: the character U+D800 cannot be in a value"),
        ("a=\udcff", "-e a: the character U+DCFF cannot be in a value"),
        ("a:=" + "[" * 100 + "]" * 100, "-e a: values are nested more than 50 levels deep"),
    ],
)
def test_an_invalid_variable_is_reported_in_one_line(text: str, problem: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_extra([text])

    assert str(refused.value) == problem


@pytest.mark.parametrize("text", ["a:=" + "9" * 6000, "a:=" + "[" * 100_000])
def test_json_beyond_the_limits_is_reported_in_one_line(text: str) -> None:
    with pytest.raises(UsageError, match=r"^-e a: .*(too large|too deeply)$"):
        parse_extra([text])
