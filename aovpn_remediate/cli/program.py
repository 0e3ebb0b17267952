"""The base of the command line: verbs with examples, and errors as text and exit codes."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from aovpn_remediate.errors import EXIT_INTERRUPTED, RemediateError

VerbFunction = Callable[..., Any]
"""The function of a verb; click passes the values of its options by name."""


class _WithExamples(click.Command):
    """A command whose help ends with examples."""

    def __init__(self, *args: Any, examples: Sequence[str], **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.examples = examples

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each example on a line of its own, however long."""
        del ctx
        with formatter.section("Example"):
            for example in self.examples:
                formatter.write(f"  {example}\n")


class Verb(_WithExamples):
    """A verb of the command line."""


def verb(*examples: str) -> Callable[[VerbFunction], Verb]:
    """Make a function a verb, with examples of its use."""
    return click.command(cls=Verb, examples=examples)


class Program(_WithExamples, click.Group):
    """The verbs, in the order in which they are added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in their own order, not by the alphabet: plan comes before apply."""
        del ctx
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb; an error raised on purpose becomes text, a bug stays a traceback."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # A character that the encoding of a pipe lacks must not make the verb fail.
                stream.reconfigure(errors="backslashreplace")
        try:
            return super().invoke(ctx)
        except RemediateError as error:
            _print_error(str(error))
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            _print_error("interrupted")
            ctx.exit(EXIT_INTERRUPTED)


def _print_error(text: str) -> None:
    from aovpn_remediate.reports.escape import visible

    for line in text.splitlines():
        click.echo(f"error: {visible(line)}", err=True)
