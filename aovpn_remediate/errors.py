"""Every error raised on purpose.

```text
RemediateError                 exit code 1
    UsageError                 2   what was asked for makes no sense
    InputError                 2   a file that a person wrote is wrong, and where
        PlaybookError
        InventoryError
        PlanError                  a plan file that is not one, or does not fit the inventory
    SecretError                2   a secret that its reference does not lead to
    TransportError             1   (host) Windows was not told, or did not answer
        Unreachable
        LogonFailed
        NotAllowed                 the configuration, a quota or a right of the host is in the way
        TimedOut
        Disconnected
    StepError                  1   (host, step)
        ScriptError                what PowerShell said, with the position
        NotHeld                    set, but it reads back otherwise
        StalePlan                  not as the plan saw it
        Unreadable                 the state cannot be told; never "absent", never "as wanted"
    JournalError               1
```

Errors about a host are values in a result (`RemediateError.text`), never an exception across a
fleet. Anything else that is raised is a bug and stays a traceback.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

EXIT_COMPLIANT = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_DIFFERS = 3
EXIT_INTERRUPTED = 130


class RemediateError(Exception):
    """The root; `exit_code` is what the command line ends with."""

    exit_code: ClassVar[int] = EXIT_FAILED


class UsageError(RemediateError):
    """What was asked for makes no sense, or names something that is not there."""

    exit_code = EXIT_USAGE


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a file: `line` and `column` count from 1, 0 where unknown."""

    path: Path | str
    line: int
    column: int
    where: str
    what: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}:{self.column}" if self.line else str(self.path)
        return f"{place}: {self.where}: {self.what}" if self.where else f"{place}: {self.what}"


class InputError(RemediateError):
    """A file that a person wrote is wrong; a line of text for each problem."""

    exit_code = EXIT_USAGE

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class PlaybookError(InputError):
    """A playbook is wrong."""


class InventoryError(InputError):
    """An inventory is wrong."""


class PlanError(InputError):
    """A plan file is not one, or does not fit the inventory it is applied with."""


class SecretError(RemediateError):
    """A secret that its reference does not lead to. The text never holds the secret."""

    exit_code = EXIT_USAGE


class TransportError(RemediateError):
    """Windows was not told, or did not answer. `host` is the inventory's name."""

    def __init__(self, host: str, what: str) -> None:
        super().__init__(what)
        self.host = host


class Unreachable(TransportError):  # noqa: N818 - the words of the design
    """No connection, or nothing there that speaks WinRM."""


class LogonFailed(TransportError):  # noqa: N818
    """The host refused the credential."""


class NotAllowed(TransportError):  # noqa: N818
    """The configuration, a quota or a right of the host is in the way."""


class TimedOut(TransportError):  # noqa: N818
    """The deadline passed; the pipeline was stopped."""


class Disconnected(TransportError):  # noqa: N818
    """The connection was lost and could not be taken up again."""


class StepError(RemediateError):
    """Something is wrong with one step on one host."""

    def __init__(self, what: str, *, host: str = "", step: str = "") -> None:
        super().__init__(what)
        self.host = host
        self.step = step


class ScriptError(StepError):
    """What PowerShell said, with the position."""


class NotHeld(StepError):  # noqa: N818
    """Set, but it reads back otherwise."""


class StalePlan(StepError):  # noqa: N818
    """The host is neither as the plan saw it nor as wanted."""


class Unreadable(StepError):  # noqa: N818
    """The state cannot be told."""


class JournalError(RemediateError):
    """The journal cannot be read or written."""
