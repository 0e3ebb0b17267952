"""The options of verbs that inspect: the form of their report, and what they compare with."""

from __future__ import annotations

from pathlib import Path

import click

from aovpn_remediate.cli.options.common import output_option
from aovpn_remediate.cli.program import VerbFunction

nps_certificate_option = click.option(
    "--nps-certificate",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Certificate of NPS, or its chain: the server names and roots of the profile are compared "
    "with it.",
)


def sheet_options(verb: VerbFunction) -> VerbFunction:
    """Add the options `--format` and `-o` of a report."""
    format_option = click.option(
        "--format",
        "format_",
        type=click.Choice(["text", "json", "html"]),
        default="text",
        show_default=True,
        help="Output format.",
    )
    decorated: VerbFunction = format_option(
        output_option("Write the report to a file instead of stdout.")(verb)
    )
    return decorated
