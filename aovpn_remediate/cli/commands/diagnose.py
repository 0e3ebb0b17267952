"""`diagnose`: from an error number, a message or events to the cause and its playbook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import aovpn_remediate as aovpn
from aovpn_remediate.cli.options.common import inspection_format_option, output_option
from aovpn_remediate.cli.program import VerbFunction, verb

if TYPE_CHECKING:
    from aovpn_remediate.cli.commands.inspect.files import Inputs
    from aovpn_remediate.results.probes import ProbeReport

_LARGEST_REPORT = 16 * 2**20
_KINDS = {
    "client_error": "Error of the client (RasClient 20227): 853, 0x800B0101 or -2146762495.",
    "nps_reason": "Reason in event 6273 or 6274 of NPS.",
    "nps_event": "Event of NPS in the Security or the System log.",
    "kdc_event": "Event of the Kerberos service in the System log of a domain controller.",
    "kdc_status": "Chain status in event 21 of a domain controller, such as 0x800B0112.",
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
    help="Exported events: `wevtutil qe LOG /f:xml`, or Get-WinEvent | Export-Clixml.",
)
@click.option(
    "--profile",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Profile of the client, to inspect: its findings are evidence.",
)
@click.option(
    "--nps-certificate",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Certificate of NPS, which the profile is compared with.",
)
@click.option(
    "--probed",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Report of `probe --format json` about the server: its findings are evidence.",
)
@inspection_format_option
@output_option("Write the report to a file.")
@click.pass_context
def diagnose(ctx: click.Context, /, **given: Any) -> None:
    """Find the cause of a failed connection; no host is contacted.

    TEXT is an error number or a message, copied from a dialog or an event. TEXT and codes are about
    one failed connection; events are joined by user, computer and time. Causes are proven, likely
    or only possible, with what is missing to be sure.

    Exit code 0 if no cause was found, 3 if one was, 1 if a file could not be read.
    """
    from aovpn_remediate.cli.commands.inspect.files import Inputs
    from aovpn_remediate.cli.terminal.inspections import present_sheet
    from aovpn_remediate.diagnose.events.files import LARGEST_FILE
    from aovpn_remediate.inspect.certificates.files import MAX_BYTES
    from aovpn_remediate.inspect.profiles.documents import MOST_BYTES
    from aovpn_remediate.reports.inspections.symptoms import symptom_sheet

    output, format_ = given.pop("output"), given.pop("format_")
    messages, files = given.pop("messages"), given.pop("files")
    profile, certificate = given.pop("profile"), given.pop("nps_certificate")
    probed = given.pop("probed")
    codes = {kind: found for kind, found in given.items() if found}
    if not (messages or files or codes or profile or probed):
        raise click.UsageError("nothing to diagnose: give a number, a message, codes or --events")
    if certificate and not profile:
        raise click.UsageError("--nps-certificate needs --profile, which it is compared with")
    inputs = Inputs()
    events = {str(path): inputs.add_file(path, LARGEST_FILE) for path in files}
    report = aovpn.diagnose_symptoms(
        messages=messages,
        codes=codes,
        events={name: data for name, data in events.items() if data is not None},
        profile=inputs.add_file(profile, MOST_BYTES) if profile else None,
        nps_certificate=inputs.add_file(certificate, MAX_BYTES) if certificate else None,
        probed=_probe_report(probed, inputs) if probed else None,
    )
    report = report.model_copy(update={"unread": (*inputs.unread, *report.unread)})
    present_sheet(symptom_sheet(report), format_, output)
    ctx.exit(report.exit_code)


def _probe_report(path: Path, inputs: Inputs) -> ProbeReport | None:
    """Return a report of `probe`, None if it could not be read. Raises `InputError`."""
    from pydantic import ValidationError

    from aovpn_remediate.errors import InputError, Problem, first_problem
    from aovpn_remediate.results.files import from_json
    from aovpn_remediate.results.probes import ProbeReport

    data = inputs.add_file(path, _LARGEST_REPORT)
    if data is None:
        return None
    try:
        return ProbeReport.model_validate(from_json(data))
    except ValidationError as error:
        where, what = first_problem(error)
    except ValueError as error:
        where, what = "", str(error)
    raise InputError(Problem(path, 0, 0, where, f"not a report of `probe --format json`: {what}"))
