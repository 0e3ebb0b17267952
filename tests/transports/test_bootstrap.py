from __future__ import annotations

import base64

import pytest
import tree_sitter
import tree_sitter_powershell

from aovpn_remediate.lab.wire.winrs import is_bootstrap
from aovpn_remediate.transports.bootstrap import (
    ARGUMENTS,
    BOOTSTRAP,
    OutputDecoder,
    encoded_command,
    error_text,
    standard_input,
)
from aovpn_remediate.transports.outcome import ProtocolError

LONGEST_COMMAND_LINE = 8191


def encoded(text: str) -> bytes:
    return base64.b64encode(text.encode())


def test_the_bootstrap_is_ascii_and_starts_with_its_name() -> None:
    assert BOOTSTRAP.isascii()
    assert BOOTSTRAP.splitlines()[0] == "# aovpn-remediate bootstrap"


def test_the_bootstrap_is_valid_powershell() -> None:
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    assert not parser.parse(BOOTSTRAP.encode()).root_node.has_error


def test_the_bootstrap_fits_into_a_command_line() -> None:
    line = " ".join(["powershell.exe", *ARGUMENTS, encoded_command()])
    assert len(line) < LONGEST_COMMAND_LINE / 2
    assert is_bootstrap(line)


def test_the_bootstrap_reads_the_input_that_powershell_collects() -> None:
    # powershell.exe reads all of standard input into $input; [Console]::In would find it empty.
    assert "$input" in BOOTSTRAP
    assert "[Console]::In" not in BOOTSTRAP


@pytest.mark.parametrize("script", ["one\r\ntwo\n", "na\u00efve \U0001f600", "", "x" * 200_000])
def test_a_script_is_one_line_of_ascii(script: str) -> None:
    line = standard_input(script)
    assert line.isascii()
    assert line.index(b"\n") == len(line) - 1
    assert base64.b64decode(line).decode() == script


def test_output_is_decoded_from_pieces_of_any_size() -> None:
    data = encoded("one") + b"\r\n" + encoded("na\u00efve \u2603\nthree\u2028") + b"\n" + b"\r\n"
    for size in (1, 2, 7, 1000):
        decoder = OutputDecoder()
        received = [
            line for at in range(0, len(data), size) for line in decoder.feed(data[at : at + size])
        ]
        decoder.finish()
        assert received == ["one", "na\u00efve \u2603", "three\u2028", ""]


def test_a_byte_order_mark_is_ignored() -> None:
    assert list(OutputDecoder().feed(b"\xef\xbb\xbf" + encoded("one") + b"\r\n")) == ["one"]


@pytest.mark.parametrize("output", [b"Hello!\r\n", b"abc\n", b"\xff\xfe\n", b"/w==\n"])
def test_output_of_another_program_is_rejected(output: bytes) -> None:
    with pytest.raises(ProtocolError, match="another program wrote"):
        list(OutputDecoder().feed(output))


def test_a_line_without_an_end_is_rejected() -> None:
    decoder = OutputDecoder()
    assert list(decoder.feed(encoded("one"))) == []
    with pytest.raises(ProtocolError, match="in the middle of a line"):
        decoder.finish()


CLIXML = (
    '#< CLIXML\r\n<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'
    '<Obj S="progress" RefId="0"><TN RefId="0"><T>X</T></TN><MS><I64 N="SourceId">1</I64>'
    '<PR N="Record"><AV>Preparing modules for first use.</AV></PR><Obj N="a" RefId="1"></Obj>'
    '<S N="b">c</S></MS></Obj>{}</Objs>'
)


@pytest.mark.parametrize(
    ("stderr", "message"),
    [
        (
            "it broke\r\nAt line:3 char:5\r\n+  throw 'it broke'\r\n+  ~~~~\r\n    + Category\r\n",
            "it broke (At line:3 char:5: throw 'it broke')",
        ),
        ("it\r\nbroke\r\n\r\n", "it broke"),
        (CLIXML.format("it broke\r\n"), "it broke"),
        (
            CLIXML.format('<S S="warning">odd</S><S S="Error">it &lt;broke&gt;_x000D__x000A_</S>'),
            "it <broke>",
        ),
        (
            CLIXML.format(
                '<S S="Error">it broke_x000D__x000A_</S>'
                '<S S="Error">At C:\\x.ps1:7 char:1_x000D__x000A_</S>'
                '<S S="Error">+ throw_x000D__x000A_</S>'
            ),
            "it broke (At C:\\x.ps1:7 char:1: throw)",
        ),
        (CLIXML.format(""), "PowerShell ended with exit code 7 and gave no reason"),
        ("", "PowerShell ended with exit code 7 and gave no reason"),
    ],
)
def test_the_error_on_standard_error(stderr: str, message: str) -> None:
    assert error_text(stderr.encode(), 7) == message
