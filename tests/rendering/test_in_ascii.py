"""Scripts in ASCII: the same texts as before, whatever stands around them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tree_sitter import Node

from aovpn_remediate.rendering.literals import in_ascii, literal, read_literal
from tests.templates.powershell_trees import FILES, TEMPLATES, read, walk

_TEXT = st.text(st.sampled_from("aZ'\"#@`$ \n\0\x7f\x80\xd1\u2018\u2019\u201b\u4e2d\U0001f600"))


def _read(text: str) -> str:
    """The text of a literal in ASCII."""
    if text.startswith("'"):
        return str(read_literal(text))
    parts = re.fullmatch(r"\(-join @\((.*)\)\)", text, re.DOTALL)
    assert parts
    found = []
    for part in re.findall(r"\[char\][0-9]+|'(?:[^']|'')*'", parts[1]):
        number = part.removeprefix("[char]")
        found.append(str(read_literal(part)) if number == part else chr(int(number)))
    return "".join(found).encode("utf-16-le", "surrogatepass").decode("utf-16-le")


@given(_TEXT)
def test_a_text_stays_the_same_in_ascii(text: str) -> None:
    written = in_ascii(literal(text))
    assert written.isascii()
    assert _read(written) == text


@pytest.mark.parametrize(
    ("script", "written"),
    [
        ("Set 'a''b' # it's\nSet 'é'", "Set 'a''b' # it's\nSet (-join @([char]233))"),
        ("# it's\n#'é'\n$x = 'é'", "# it's\n#'é'\n$x = (-join @([char]233))"),
        ("\"it's #\" + 'é'", '"it\'s #" + (-join @([char]233))'),
        ("\"`\"'\" 'é'", '"`"\'" (-join @([char]233))'),
        ("@'\nit's \"\n'@ 'é'", "@'\nit's \"\n'@ (-join @([char]233))"),
        ("'x # ' 'é'", "'x # ' (-join @([char]233))"),
        ("@{'ñ' = @('a', 'é', 1)}", "@{(-join @([char]241)) = @('a', (-join @([char]233)), 1)}"),
    ],
)
def test_quotes_that_begin_no_text_are_passed_by(script: str, written: str) -> None:
    assert in_ascii(script) == written


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.relative_to(TEMPLATES).as_posix()) for path in FILES]
)
def test_every_text_of_the_product_is_found(path: Path) -> None:
    """Those inside of a text in double quotes are not, and no value comes there."""
    script = read(path)
    texts = [
        node
        for node in walk(script.root)
        if node.type == "verbatim_string_characters" and not _is_expanded(node)
    ]
    text = script.text
    for node in sorted(texts, key=lambda node: -node.start_byte):
        # Behind the quote.
        text = f"{text[: node.start_byte + 1]}\u00e9{text[node.start_byte + 1 :]}"
    written = in_ascii(text)
    assert written.isascii()
    assert written.count("[char]233") == len(texts)
    assert texts or "'" not in script.text


def _is_expanded(node: Node) -> bool:
    above = node.parent
    while above is not None and "expandable" not in above.type:
        above = above.parent
    return above is not None
