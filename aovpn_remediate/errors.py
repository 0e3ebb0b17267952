"""The errors that are raised on purpose.

```text
RemediateError                 exit code 1
    UsageError                 2   an invalid request
    InputError                 2   an invalid file, with the place of each problem
        PlaybookError
        InventoryError
        PlanError                  an invalid plan file, or one that does not fit the inventory
    SecretError                2   a secret that cannot be read from where its reference points
    TransportError             1   (host) a request was not sent, or not answered
        Unreachable
        LogonFailed
        NotAllowed                 a setting, a quota or a missing right on the host
        TimedOut
        Disconnected
    StepError                  1   (host, step)
        ScriptError                PowerShell's error, with its position
        NotHeld                    set, but reads back with another value
        StalePlan                  the host has changed since it was planned
        Unreadable                 the state could not be read: neither absent nor compliant
    BackupFailed               1   a backup that had to come first, so that nothing was set
    JournalError               1
    Unexpected                 1   a bug, met while working on one host
```

In a run over a fleet, the errors of a host are values in the result, never exceptions, and a bug
that one host brings to light is an error of that host. Any other exception ends in a traceback.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pydantic import ValidationError

EXIT_COMPLIANT = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_DIFFERS = 3
EXIT_INTERRUPTED = 130


class RemediateError(Exception):
    """The base class; `exit_code` is the exit code of the command line."""

    exit_code: ClassVar[int] = EXIT_FAILED


class UsageError(RemediateError):
    """An invalid request, or one that names something that does not exist."""

    exit_code = EXIT_USAGE


@dataclass(frozen=True)
class Problem:
    """A problem in a file; `line` and `column` count from 1, and are 0 if unknown."""

    path: Path | str
    line: int
    column: int
    where: str
    what: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}:{self.column}" if self.line else str(self.path)
        return f"{place}: {self.where}: {self.what}" if self.where else f"{place}: {self.what}"


class InputError(RemediateError):
    """An invalid file; the text has a line for each problem."""

    exit_code = EXIT_USAGE

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class PlaybookError(InputError):
    """An invalid playbook."""


class InventoryError(InputError):
    """An invalid inventory."""


class PlanError(InputError):
    """An invalid plan file, or one that does not fit the inventory it is applied with."""


class SecretError(RemediateError):
    """A secret that could not be read. The text never contains the secret."""

    exit_code = EXIT_USAGE


class TransportError(RemediateError):
    """A request that was not sent, or not answered. `host` is the name in the inventory."""

    may_have_run: bool = True
    """False if the request certainly never started anything on the host."""

    def __init__(self, host: str, what: str) -> None:
        super().__init__(what)
        self.host = host


class Unreachable(TransportError):  # noqa: N818 - no suffix: the names say what happened
    """No connection, or no WinRM service at the address."""


class LogonFailed(TransportError):  # noqa: N818
    """The host refused the credential."""


class NotAllowed(TransportError):  # noqa: N818
    """A setting, a quota or a missing right on the host prevents the request."""


class TimedOut(TransportError):  # noqa: N818
    """The deadline passed; the pipeline was stopped."""


class Disconnected(TransportError):  # noqa: N818
    """The connection was lost and could not be resumed."""


class StepError(RemediateError):
    """An error of one step on one host."""

    def __init__(self, what: str, *, host: str = "", step: str = "") -> None:
        super().__init__(what)
        self.host = host
        self.step = step


class ScriptError(StepError):
    """An error of PowerShell, with its position in the script."""


class NotHeld(StepError):  # noqa: N818
    """A value was set, but reads back with another value."""


class StalePlan(StepError):  # noqa: N818
    """A host that is neither in its planned state nor compliant."""


class Unreadable(StepError):  # noqa: N818
    """A state that could not be read."""


class BackupFailed(RemediateError):  # noqa: N818
    """A backup of a host that could not be taken or kept."""


class JournalError(RemediateError):
    """The journal cannot be read or written."""


class Unexpected(RemediateError):  # noqa: N818
    """An error that nobody raised on purpose; the text says where it came from."""


def first_problem(error: ValidationError) -> tuple[str, str]:
    """Return the place and the text of what a model refused first, without the value there."""
    first = error.errors(include_url=False, include_input=False)[0]
    return ".".join(str(part) for part in first["loc"]), first["msg"]


def error_of_host(error: Exception) -> RemediateError:
    """Return an error as the result of one host has it, so that it ends no other host."""
    if isinstance(error, RemediateError):
        return error
    frames = traceback.extract_tb(error.__traceback__)
    place = " in ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[:-4:-1])
    return Unexpected(
        f"aovpn-remediate itself failed on this host ({type(error).__name__} at {place}): {error}; "
        "please report it"
    )
