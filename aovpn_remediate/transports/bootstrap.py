"""The PowerShell that takes a script from standard input, where there is no remoting protocol.

A command line of Windows ends at 8,191 characters, and a console spoils what is not ASCII. So the
command line only has this text, the script comes as one line of base64 on standard input, and each
object that it writes goes back as one line of base64 of UTF-8, at once. What PowerShell ends the
script with goes to standard error as plain text, with exit code 1.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from html import unescape

from aovpn_remediate.transports.outcome import Nonsense
from aovpn_remediate.transports.psrp.messages import read_text, what_powershell_said

ARGUMENTS = ("-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-EncodedCommand")

# PowerShell itself reads standard input, to the end and into $input: [Console]::In would get only
# what is left over. ForEach-Object hands each object on as it comes.
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

# PowerShell writes XML between what the bootstrap writes to standard error: a start, records of
# which only the errors count, and an end.
_XML_ERROR = re.compile(r'<S S="Error">(.*?)</S>', re.DOTALL)
_XML_NOISE = re.compile(
    r'#< CLIXML|</?Objs[^>]*>|<S S="(?!Error")[^>]*>.*?</S>'
    r"|<Obj S=.*?</Obj>(?=[^<]|<Obj S=|<S S=|</Objs>|$)",
    re.DOTALL,
)
_PLACE = re.compile(r"^At .+ char:\d+$", re.MULTILINE)
_BOM = b"\xef\xbb\xbf"


def encoded_command() -> str:
    """The bootstrap as `-EncodedCommand` takes it."""
    return base64.b64encode(BOOTSTRAP.encode("utf-16-le")).decode()


def standard_input(script: str) -> bytes:
    """A script as the bootstrap reads it: one line of ASCII."""
    return base64.b64encode(script.encode("utf-8", "surrogatepass")) + b"\n"


class Lines:
    """Standard output of the bootstrap, in whatever pieces it comes."""

    def __init__(self) -> None:
        self._rest = b""

    def add(self, data: bytes) -> Iterator[str]:
        """The lines that these bytes complete. `Nonsense` for what the bootstrap did not write."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        for line in whole:
            yield from _texts(line)

    def end(self) -> None:
        """That was all. `Nonsense` when it ended within a line."""
        if self._rest.strip():
            raise Nonsense("the output ended within a line")


def _texts(line: bytes) -> list[str]:
    try:
        encoded = line.strip().removeprefix(_BOM)
        text = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        shown = line[:80].decode("ascii", "replace")
        raise Nonsense(f"something else wrote to standard output: {shown}") from error
    return text.split("\n")


def error_text(stderr: bytes, exit_code: int) -> str:
    """What PowerShell said on standard error, with the place in the script; one line."""
    text = _XML_NOISE.sub("", stderr.decode("utf-8", "replace"))
    text = _XML_ERROR.sub(lambda found: read_text(unescape(found.group(1))), text)
    text = text.replace("\r\n", "\n")
    place = _PLACE.search(text)
    at = place.start() if place else len(text)
    said = what_powershell_said(text[:at], text[at:])
    return said or f"PowerShell ended with exit code {exit_code} and did not say why"
