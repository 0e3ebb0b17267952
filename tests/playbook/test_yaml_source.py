"""YAML files: the meaning of words, the positions of values, and errors."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from aovpn_remediate.errors import InputError, InventoryError
from aovpn_remediate.playbook import reader
from aovpn_remediate.playbook.source import MAX_BYTES, Source, load, parse

FILE = Path("x.yaml")


def value_of(text: str) -> Any:
    return parse(text.encode(), FILE).value


def refusal_of(content: bytes) -> str:
    with pytest.raises(InputError) as refused:
        parse(content, FILE)
    return str(refused.value)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-7", -7),
        ("010", 10),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5", 1.5),
        ("-1e3", -1000.0),
        (".5", 0.5),
    ],
)
def test_plain_words_are_those_of_yaml_1_2(word: str, value: object) -> None:
    found = value_of(f"a: {word}")["a"]

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "word",
    [
        *("yes", "no", "on", "off", "Y", "n", "1_000", "12:30:45", "2026-11-21", ".inf", ".nan"),
        *("0b1", "1,5", "+", "0x", "1.2.3.4", "6.2406.0.1001", "tRue", "S-1-5-32-544"),
    ],
)
def test_other_words_are_text(word: str) -> None:
    assert value_of(f"a: {word}") == {"a": word}


@pytest.mark.parametrize("quoted", ["'true'", '"1"', "'~'", "''"])
def test_quoted_words_are_text(quoted: str) -> None:
    assert value_of(f"a: {quoted}") == {"a": quoted[1:-1]}


def test_every_value_has_the_position_of_its_key() -> None:
    source = parse(b"steps:\n  - id: a\n    key: >\n      long\n    data: [1,\n       2]\n", FILE)

    assert source.at(()) == (1, 1)
    assert source.at(("steps",)) == (1, 1)
    assert source.at(("steps", 0)) == (2, 5)
    assert source.at(("steps", 0, "key")) == (3, 5)
    assert source.at(("steps", 0, "data", 1)) == (6, 8)
    assert source.at(("steps", 0, "missing", "deeper")) == (2, 5)
    assert str(source.problem(("steps", 0, "data", 1), "is odd")) == (
        "x.yaml:6:8: steps[0].data[1]: is odd"
    )


def test_an_alias_has_its_own_position_and_its_parts_those_of_the_anchor() -> None:
    source = parse(b"a: &one {b: 1}\nc:\n  - *one\n", FILE)

    assert source.value == {"a": {"b": 1}, "c": [{"b": 1}]}
    assert source.at(("c", 0)) == (3, 5)
    assert source.at(("c", 0, "b")) == (1, 10)


def test_columns_count_characters() -> None:
    source = parse("{'ü\U0001f600': 1, b: 2}".encode(), FILE)

    assert source.at(("b",)) == (1, 11)


def test_a_byte_order_mark_is_not_part_of_the_text() -> None:
    assert parse(b"\xef\xbb\xbfa: 1\n", FILE).value == {"a": 1}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "x.yaml: the file is empty"),
        (b"# nothing\n", "x.yaml: the file is empty"),
        (
            b"a: 1\n---\nb: 2\n",
            "x.yaml:2:1: a second YAML document begins here: a file may have only one",
        ),
        (b"a: 1\nb: \xff\n", "x.yaml:2:4: is not UTF-8: save it as UTF-8"),
        (b"a: 1\n\x07", "x.yaml:2:1: the character U+0007 is not allowed in a YAML file"),
        ("a: \uffff".encode(), "x.yaml:1:4: the character U+FFFF is not allowed in a YAML file"),
        (b'a: "\\uFFFE"', "x.yaml:1:4: a: the character U+FFFE cannot be in a value"),
        (b"a: 1\na: 2\n", "x.yaml:2:1: a: is set twice"),
        (b"b:\n  Aa: 1\n  aA: 2\n", "x.yaml:3:3: b.aA: differs from 'Aa' only in case"),
        (b"1: a\n", "x.yaml:1:1: a key should be text: put it in quotes"),
        (b"a: {? [b] : c}\n", "x.yaml:1:7: a: a key should be text: put an expression in quotes"),
        (b"a: {{ x }}\n", "x.yaml:1:5: a: a key should be text: put an expression in quotes"),
        (b"<<: {a: 1}\n", "x.yaml:1:1: merge keys (<<) are not supported"),
        (
            b"a: !!str 1\n",
            "x.yaml:1:4: a: tags (!) are not supported: if it is text, put it in quotes",
        ),
        (
            b"a: !hunter2\n",
            "x.yaml:1:4: a: tags (!) are not supported: if it is text, put it in quotes",
        ),
        (
            b"a: *b\n",
            "x.yaml:1:4: a: an alias (*) without an anchor (&): if it is text, put it in quotes",
        ),
        (b"a: &b [*b]\n", "x.yaml:1:8: a[0]: an alias (*) to a value that contains it"),
        (
            b"a: " + b"9" * 5000,
            "x.yaml:1:4: a: a number of 5000 digits is too large: if it is text, put it in quotes",
        ),
        (b"a: 1e999", "x.yaml:1:4: a: the number is too large: if it is text, put it in quotes"),
        (b"[" * 60 + b"]" * 60, "x.yaml:1:52: values are nested more than 50 levels deep"),
    ],
)
def test_invalid_files_and_their_messages(content: bytes, problem: str) -> None:
    assert refusal_of(content) == problem


@pytest.mark.parametrize(
    ("content", "place", "words"),
    [
        (b"a: [1,\nb: 2\n", "x.yaml:3:1", "flow sequence that begins on line 1"),
        (b'a: "HKLM\\SOFTWARE"\n', "x.yaml:1:9", "use single quotes"),
        (b"a:\n\tb: 1\n", "x.yaml:2:1", "a tab, indent with spaces"),
        (b"a: b: c\n", "x.yaml:1:5", "mapping values are not allowed"),
        (b"\x25YAML 9.9\n---\na: 1\n", "x.yaml:1:1", "incompatible YAML document"),
        (b'a: "\\uD800"\n', "x.yaml:1:7", "not valid YAML"),
    ],
)
def test_invalid_yaml_is_reported_in_one_line_with_its_position(
    content: bytes, place: str, words: str
) -> None:
    message = refusal_of(content)

    assert message.startswith(f"{place}: not valid YAML: ")
    assert words in message
    assert "\n" not in message


def test_an_alias_bomb_is_refused_before_it_is_built() -> None:
    lines = ["a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]

    assert "more than 100000 values, aliases counted in full" in refusal_of(
        "\n".join(lines).encode()
    )


def test_a_file_of_very_many_values_is_refused() -> None:
    assert "more than 100000 values" in refusal_of(b"[" + b"1," * 100_001 + b"]")


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: 1\n")

    source = load(path)

    assert source.value == {"a": 1}
    assert source.digest == f"sha256:{hashlib.sha256(b'a: 1' + bytes([10])).hexdigest()}"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing.yaml", "no such file"),
        ("folder", "is a folder: give the path of a file"),
        ("a.yaml/b.yaml", "cannot be read: Not a directory"),
        ("nul\0.yaml", "is not a valid path"),
        ("large.yaml", "is larger than 5 MB"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "a.yaml").write_bytes(b"a: 1\n")
    (tmp_path / "large.yaml").write_bytes(b"#" * (MAX_BYTES + 1))
    path = tmp_path / name

    with pytest.raises(InventoryError) as refused:
        load(path, InventoryError)

    assert str(refused.value) == f"{path}: {words}"


def assert_refused_or_plain(content: bytes) -> None:
    try:
        source = parse(content, FILE)
    except InputError as refused:
        assert "\n" not in str(refused)  # noqa: PT017 - either is right
    else:
        assert isinstance(source, Source)


LOADERS = [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)]
YAML_LIKE = st.text(
    alphabet=st.sampled_from("ab1:-?,[]{}&*!|>'\"%@`#~<=. \n\t\\xuU0dD\r\u2028\ufeff")
)


@pytest.mark.parametrize("loader", LOADERS)
@given(content=st.one_of(st.binary(), st.text().map(str.encode), YAML_LIKE.map(str.encode)))
def test_any_bytes_give_a_value_or_one_problem(loader: object, content: bytes) -> None:
    usual, reader._LOADER = reader._LOADER, loader
    try:
        assert_refused_or_plain(content)
    finally:
        reader._LOADER = usual


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(alphabet=st.characters(max_codepoint=0xFFFD, exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.from_regex("[a-z]{1,5}", fullmatch=True), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(PLAIN)
def test_dumped_values_are_read_back(value: Any) -> None:
    assert value_of(json.dumps(value)) == value
