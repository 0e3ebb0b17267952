"""`--log-file`: a log in lines of JSON, written by Python's own logging.

The package logs to loggers named after its modules and configures none of them; this option adds a
file.
"""

from __future__ import annotations

import functools
import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO

import click

from aovpn_remediate.cli.program import VerbFunction
from aovpn_remediate.errors import EXIT_FAILED, EXIT_INTERRUPTED, RemediateError, UsageError

_LOG = logging.getLogger(__name__)
_PACKAGE_LOGGER = logging.getLogger("aovpn_remediate")
_OWNER_ONLY = 0o600

FIELDS = (
    *("verb", "version", "exit_code", "run", "host", "step", "status", "restart", "backup"),
    *("operation", "http_status", "bytes_up", "bytes_down", "requests", "seconds", "why"),
)
"""The fields that a line may have besides time, level, logger and message."""


class JsonLines(logging.Formatter):
    """Formatter of a record as one line of ASCII JSON, with `FIELDS` only and no traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        moment = datetime.fromtimestamp(record.created, UTC)
        line = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name in FIELDS:
            value = getattr(record, name, None)
            if value is not None:
                line[name] = value
        return json.dumps(line, default=str)


class LogFile(logging.StreamHandler[TextIO]):
    """Handler that appends to a file; a disk that fills up does not end the work."""

    def __init__(self, path: Path) -> None:
        """Raises `UsageError` where the file cannot be written."""
        self.write_error = ""
        """The reason why a line could not be written."""
        self._path = path
        try:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            handle = os.open(path, flags, _OWNER_ONLY)
            super().__init__(os.fdopen(handle, "a", encoding="ascii"))
        except OSError as error:
            raise _not_writable(path, error) from None
        self.setFormatter(JsonLines())

    def write_first(self, record: logging.LogRecord) -> None:
        """Write the first line. Raises `UsageError`, because the disk may be full."""
        try:
            self.stream.write(f"{self.format(record)}\n")
            self.stream.flush()
        except OSError as error:
            raise _not_writable(self._path, error) from None

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Keep the reason for the warning at the end, and let the work continue."""
        del record
        error = sys.exception()
        reason = error.strerror if isinstance(error, OSError) else None
        self.write_error = self.write_error or reason or type(error).__name__

    def close(self) -> None:
        """Close the file, discarding lines that a full disk did not take."""
        super().close()
        with suppress(OSError):
            self.stream.close()


def _not_writable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"--log-file: {path} cannot be written: {error.strerror}")


@contextmanager
def log_to(path: Path, verb: str) -> Iterator[None]:
    """Log the package to a file, with a line for the beginning and the end of a verb."""
    log, level = LogFile(path), _PACKAGE_LOGGER.level
    try:
        fields = {"verb": verb, "version": version("aovpn-remediate")}
        log.write_first(
            _LOG.makeRecord(_LOG.name, logging.INFO, "", 0, "begun", (), None, extra=fields)
        )
        _PACKAGE_LOGGER.addHandler(log)
        _PACKAGE_LOGGER.setLevel(logging.DEBUG)
        with _end_logged(verb):
            yield
    finally:
        _PACKAGE_LOGGER.setLevel(level)
        _PACKAGE_LOGGER.removeHandler(log)
        log.close()
        if log.write_error:
            from aovpn_remediate.reports.escape import visible

            warning = f"warning: the log {path} is incomplete: {log.write_error}"
            click.echo(visible(warning), err=True)


@contextmanager
def _end_logged(verb: str) -> Iterator[None]:
    """Log the end of a verb, with its exit code and, where it failed, the reason."""
    began = time.monotonic()
    code, why = 0, None
    try:
        yield
    except BaseException as error:
        code, why = _exit_code_and_reason(error)
        raise
    finally:
        seconds = round(time.monotonic() - began, 2)
        level = logging.ERROR if why else logging.INFO
        fields = {"verb": verb, "exit_code": code, "seconds": seconds, "why": why}
        _LOG.log(level, "ended", extra=fields)


def _exit_code_and_reason(error: BaseException) -> tuple[int, str | None]:
    """Return the exit code that an exception becomes, and the reason where it is a failure."""
    match error:
        case click.exceptions.Exit():
            return error.exit_code, None
        case RemediateError():
            return error.exit_code, str(error)
        case click.ClickException():
            return error.exit_code, error.message
        case KeyboardInterrupt():
            return EXIT_INTERRUPTED, "interrupted"
    return EXIT_FAILED, f"internal error: {type(error).__name__}"


def log_file_option(verb: VerbFunction) -> VerbFunction:
    """Add the option `--log-file` to a verb."""

    @functools.wraps(verb)
    def with_log(*args: Any, log_file: Path | None, **given: Any) -> Any:
        if log_file is None:
            return verb(*args, **given)
        with log_to(log_file, str(click.get_current_context().command.name)):
            return verb(*args, **given)

    decorated: VerbFunction = _option(with_log)
    return decorated


_option = click.option(
    "--log-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Append a log in lines of JSON, including each request. No secrets.",
)
