"""Run a command with a pseudo-terminal as its standard error: `console.py COMMAND...`.

Wine gives a program a console only where one of its standard streams is a terminal, and without a
console PowerShell ends at once with exit code 0. Escape sequences, and what Wine says of
the drives of the machine, are taken out of what it writes.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import threading

_ESCAPES = re.compile(rb"\x1b(\][^\x07]*\x07|\[[0-9;?]*[a-zA-Z])|\r")
_NOISE = re.compile(rb"^wine: Read access denied for device .*\n", re.MULTILINE)
_LAST_WORDS = 0.3
"""Seconds for which standard error is read after the end."""


def main(command: list[str]) -> int:
    """Run the command; its exit code."""
    terminal, end_of_child = pty.openpty()
    process = subprocess.Popen(command, stderr=end_of_child)
    os.close(end_of_child)

    def copy() -> None:
        while True:
            try:
                data = os.read(terminal, 65_536)
            except OSError:
                return
            if text := _NOISE.sub(b"", _ESCAPES.sub(b"", data)):
                os.write(2, text)

    reader = threading.Thread(target=copy, daemon=True)
    reader.start()
    code = process.wait()
    reader.join(_LAST_WORDS)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
