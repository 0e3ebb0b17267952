"""The one place where errors become text and exit codes."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from aovpn_remediate.errors import EXIT_INTERRUPTED, RemediateError


class _WithExamples(click.Command):
    """A command whose help ends with commands that can be typed."""

    def __init__(self, *args: Any, examples: Sequence[str], **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.examples = examples

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples, each on a line of its own however long."""
        del ctx
        with formatter.section("Example"):
            for example in self.examples:
                formatter.write(f"  {example}\n")


class Verb(_WithExamples):
    """A verb of the command line."""


def verb(*examples: str) -> Callable[[Callable[..., Any]], Verb]:
    """Makes a function a verb, with examples of its use."""
    return click.command(cls=Verb, examples=examples)


class Program(_WithExamples, click.Group):
    """The verbs, in the order in which they are added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Not by the alphabet: plan comes before apply."""
        del ctx
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb. An error raised on purpose is a line; a bug stays a traceback."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # A character that the encoding of a pipe does not have is no reason to fail.
                stream.reconfigure(errors="backslashreplace")
        try:
            return super().invoke(ctx)
        except RemediateError as error:
            _tell(str(error))
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            _tell("interrupted")
            ctx.exit(EXIT_INTERRUPTED)


def _tell(text: str) -> None:
    from aovpn_remediate.reports.escape import visible

    for line in text.splitlines():
        click.echo(f"error: {visible(line)}", err=True)
