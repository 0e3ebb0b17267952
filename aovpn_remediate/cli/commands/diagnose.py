"""`diagnose`: from an error number, a message or events to the cause and its playbook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import aovpn_remediate as aovpn
from aovpn_remediate.cli.options.common import inspection_format_option, output_option
from aovpn_remediate.cli.program import VerbFunction, verb

_KINDS = {
    "client_error": "Error of the client (RasClient 20227): 853, 0x800B0101 or -2146762495.",
    "nps_reason": "Reason in event 6273 or 6274 of NPS.",
    "nps_event": "Event of NPS in the Security log.",
    "kdc_event": "Event of the Kerberos service in the System log of a domain controller.",
    "rras_event": "Event of RemoteAccess in the System log of RRAS.",
    "sstp_event": "Event of RasSstp in the System log of RRAS.",
    "connector_event": "Event of the certificate connector.",
    "netsh_error": "Error of netsh ras.",
    "client_build": "Build of Windows at the client, such as 22631.",
    "client_edition": "EditionID of Windows at the client, such as Professional.",
}


def _code_options(command: VerbFunction) -> VerbFunction:
    for kind, text in reversed(_KINDS.items()):
        option = f"--{kind.replace('_', '-')}"
        metavar = "NAME" if kind == "client_edition" else "CODE"
        command = click.option(option, kind, multiple=True, metavar=metavar, help=text)(command)
    return command


@verb(
    "aovpn-remediate diagnose --client-error 853 --nps-reason 258",
    'aovpn-remediate diagnose "The error code returned on failure is 809."',
    "aovpn-remediate diagnose --events client.xml --events nps.xml",
)
@click.argument("messages", metavar="[TEXT]...", nargs=-1)
@_code_options
@click.option(
    "--events",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Exported events: `wevtutil qe LOG /f:xml`, or Export-Clixml -Depth 3. Repeatable.",
)
@inspection_format_option
@output_option("Write the report to a file.")
@click.pass_context
def diagnose(
    ctx: click.Context,
    *,
    messages: tuple[str, ...],
    files: tuple[Path, ...],
    format_: str,
    output: Path | None,
    **codes: tuple[str, ...],
) -> None:
    """Find the cause of a failed connection; no host is contacted.

    TEXT is an error number or a message, copied from a dialog or an event. TEXT and codes are about
    one failed connection; events are joined by user, computer and time. Causes are proven, likely
    or only possible, with what is missing to be sure.

    Exit code 0 if no cause was found, 3 if one was, 1 if a file could not be read.
    """
    from aovpn_remediate.cli.terminal.inspections import present_sheet
    from aovpn_remediate.reports.inspections.symptoms import symptom_sheet

    given = {kind: found for kind, found in codes.items() if found}
    if not (messages or files or given):
        raise click.UsageError("nothing to diagnose: give a number, a message, codes or --events")
    report = aovpn.diagnose_symptoms(messages=messages, codes=given, events=_read(files))
    present_sheet(symptom_sheet(report), format_, output)
    ctx.exit(report.exit_code)


def _read(files: tuple[Path, ...]) -> dict[str, Any]:
    """Return the files. Raises `UsageError` for one that cannot be opened."""
    from aovpn_remediate.errors import UsageError

    found = {}
    for path in files:
        try:
            found[str(path)] = path.read_bytes()
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    return found
