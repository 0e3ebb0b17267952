"""`--log-file`: what happens, in lines of JSON, by Python's own logging.

The package logs to loggers of its modules' names and configures nothing; here it is given a file.
"""

from __future__ import annotations

import functools
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO

import click

from aovpn_remediate.errors import EXIT_FAILED, EXIT_INTERRUPTED, RemediateError, UsageError

_LOG = logging.getLogger(__name__)
_OF_PACKAGE = logging.getLogger("aovpn_remediate")
_READABLE_BY_ITS_OWNER = 0o600

FIELDS = (
    *("verb", "version", "exit_code", "run", "host", "step", "status", "restart"),
    *("operation", "http_status", "bytes_up", "bytes_down", "requests", "seconds", "why"),
)
"""What a line may have besides time, level, logger and message."""

Verb = Callable[..., Any]


class JsonLines(logging.Formatter):
    """A record as one line of JSON, in ASCII; only of `FIELDS`, and without tracebacks."""

    def format(self, record: logging.LogRecord) -> str:
        """As `logging.Formatter.format`."""
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
    """Appends to a file. A disk that fills up ends nothing."""

    def __init__(self, path: Path) -> None:
        """Raises `UsageError` where the file cannot be written."""
        self.lost = ""
        """Why something was not written."""
        self._path = path
        try:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            handle = os.open(path, flags, _READABLE_BY_ITS_OWNER)
            super().__init__(os.fdopen(handle, "a", encoding="ascii"))
        except OSError as error:
            raise _cannot(path, error) from None
        self.setFormatter(JsonLines())

    def begin(self, record: logging.LogRecord) -> None:
        """The first line. Raises `UsageError`: the disk may be full."""
        try:
            self.stream.write(f"{self.format(record)}\n")
            self.stream.flush()
        except OSError as error:
            raise _cannot(self._path, error) from None

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """The work goes on; it is said at the end."""
        del record
        error = sys.exception()
        why = error.strerror if isinstance(error, OSError) else None
        self.lost = self.lost or why or type(error).__name__

    def close(self) -> None:
        """As `Handler.close`; what a full disk did not take is let go."""
        super().close()
        with suppress(OSError):
            self.stream.close()


def _cannot(path: Path, error: OSError) -> UsageError:
    return UsageError(f"--log-file: {path} cannot be written: {error.strerror}")


@contextmanager
def writing(path: Path, verb: str) -> Iterator[None]:
    """All that the package logs goes into a file, with the beginning and the end of a verb."""
    log, level = LogFile(path), _OF_PACKAGE.level
    try:
        fields = {"verb": verb, "version": version("aovpn-remediate")}
        log.begin(_LOG.makeRecord(_LOG.name, logging.INFO, "", 0, "begun", (), None, extra=fields))
        _OF_PACKAGE.addHandler(log)
        _OF_PACKAGE.setLevel(logging.DEBUG)
        with _end_told(verb):
            yield
    finally:
        _OF_PACKAGE.setLevel(level)
        _OF_PACKAGE.removeHandler(log)
        log.close()
        if log.lost:
            from aovpn_remediate.reports.escape import visible

            what = f"warning: the log {path} is not whole: {log.lost}"
            click.echo(visible(what), err=True)


@contextmanager
def _end_told(verb: str) -> Iterator[None]:
    began = time.monotonic()
    code, why = 0, None
    try:
        yield
    except BaseException as error:
        code, why = _ending(error)
        raise
    finally:
        seconds = round(time.monotonic() - began, 2)
        level = logging.ERROR if why else logging.INFO
        fields = {"verb": verb, "exit_code": code, "seconds": seconds, "why": why}
        _LOG.log(level, "ended", extra=fields)


def _ending(error: BaseException) -> tuple[int, str | None]:
    """The exit code that an exception becomes, and why where it is no plain end."""
    match error:
        case click.exceptions.Exit():
            return error.exit_code, None
        case RemediateError():
            return error.exit_code, str(error)
        case click.ClickException():
            return error.exit_code, error.message
        case KeyboardInterrupt():
            return EXIT_INTERRUPTED, "interrupted"
    return EXIT_FAILED, f"a fault of the program: {type(error).__name__}"


def logged(verb: Verb) -> Verb:
    """Gives a verb the option `--log-file`."""

    @functools.wraps(verb)
    def with_log(*args: Any, log_file: Path | None, **given: Any) -> Any:
        if log_file is None:
            return verb(*args, **given)
        with writing(log_file, str(click.get_current_context().command.name)):
            return verb(*args, **given)

    made: Verb = _option(with_log)
    return made


_option = click.option(
    "--log-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Append what happens, each request too: a line of JSON each. No secrets.",
)
