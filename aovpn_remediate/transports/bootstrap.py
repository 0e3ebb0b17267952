"""A PowerShell bootstrap that reads a script from standard input, without a remoting protocol.

A command line of Windows is limited to 8,191 characters, and a console garbles characters outside
ASCII. So the command line holds this bootstrap alone, the script arrives as one line of base64 on
standard input, and each object that the script writes is returned at once as one line of base64 of
UTF-8. An error that ends the script is written to standard error as plain text, with exit code 1.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from html import unescape

from aovpn_remediate.transports.outcome import ProtocolError
from aovpn_remediate.transports.psrp.messages import decode_text, error_line

ARGUMENTS = ("-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-EncodedCommand")

# PowerShell itself reads all of standard input into $input, so [Console]::In would find it empty.
# ForEach-Object passes on each object at once instead of collecting them.
BOOTSTRAP = """\
# aovpn-remediate bootstrap
$ProgressPreference = 'SilentlyContinue'
try { [Console]::OutputEncoding = New-Object System.Text.UTF8Encoding } catch { $null = $_ }
try {
    $utf8 = [System.Text.Encoding]::UTF8
    $text = $utf8.GetString([Convert]::FromBase64String(-join @($input)))
    & ([scriptblock]::Create($text)) | ForEach-Object {
        if ($null -ne $_) {
            [Console]::Out.WriteLine([Convert]::ToBase64String($utf8.GetBytes([string]$_)))
            [Console]::Out.Flush()
        }
    }
}
catch {
    [Console]::Error.WriteLine($_.Exception.Message)
    [Console]::Error.WriteLine($_.InvocationInfo.PositionMessage)
    exit 1
}
exit 0
"""

# PowerShell mixes CLIXML into the standard error of the bootstrap: a header, records of which only
# the errors matter, and an end.
_CLIXML_ERROR = re.compile(r'<S S="Error">(.*?)</S>', re.DOTALL)
_CLIXML_NOISE = re.compile(
    r'#< CLIXML|</?Objs[^>]*>|<S S="(?!Error")[^>]*>.*?</S>'
    r"|<Obj S=.*?</Obj>(?=[^<]|<Obj S=|<S S=|</Objs>|$)",
    re.DOTALL,
)
_POSITION = re.compile(r"^At .+ char:\d+$", re.MULTILINE)
_BOM = b"\xef\xbb\xbf"


def encoded_command() -> str:
    """Return the bootstrap in the encoding of `-EncodedCommand`."""
    return base64.b64encode(BOOTSTRAP.encode("utf-16-le")).decode()


def standard_input(script: str) -> bytes:
    """Return a script as the bootstrap reads it: one line of ASCII."""
    return base64.b64encode(script.encode("utf-8", "surrogatepass")) + b"\n"


class OutputDecoder:
    """A decoder of the bootstrap's standard output, which may arrive in pieces of any size."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[str]:
        """Yield the lines completed by these bytes; raises `ProtocolError` for any other output."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        for line in whole:
            yield from _decode(line)

    def finish(self) -> None:
        """Check that the output is complete; `ProtocolError` if it ends in the middle of a line."""
        if self._rest.strip():
            raise ProtocolError("the output ended in the middle of a line")


def _decode(line: bytes) -> list[str]:
    try:
        encoded = line.strip().removeprefix(_BOM)
        text = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        shown = line[:80].decode("ascii", "replace")
        raise ProtocolError(f"another program wrote to standard output: {shown}") from error
    return text.split("\n")


def error_text(stderr: bytes, exit_code: int) -> str:
    """Return the error on standard error, with its position in the script, as one line."""
    text = _CLIXML_NOISE.sub("", stderr.decode("utf-8", "replace"))
    text = _CLIXML_ERROR.sub(lambda found: decode_text(unescape(found.group(1))), text)
    text = text.replace("\r\n", "\n")
    position = _POSITION.search(text)
    at = position.start() if position else len(text)
    line = error_line(text[:at], text[at:])
    return line or f"PowerShell ended with exit code {exit_code} and gave no reason"
