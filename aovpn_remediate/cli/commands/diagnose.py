"""`diagnose`: from an error number, a message or events to the cause and its playbook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import aovpn_remediate as aovpn
from aovpn_remediate.cli.options.common import (
    inventory_option,
    limit_option,
    quiet_option,
    workers_option,
)
from aovpn_remediate.cli.options.inspection import nps_certificate_option, sheet_options
from aovpn_remediate.cli.options.log_file import log_file_option
from aovpn_remediate.cli.options.types import Duration
from aovpn_remediate.cli.program import VerbFunction, verb

if TYPE_CHECKING:
    from aovpn_remediate.cli.commands.inspect.files import Inputs
    from aovpn_remediate.results.probes import ProbeReport
    from aovpn_remediate.results.symptoms import SymptomReport

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


_SHORTEST, _LONGEST = 60.0, 7 * 86400.0
_LIVE = ("client", "user", "since", "limit", "workers", "quiet")
"""The options that have a meaning with an inventory alone."""


def _live_options(command: VerbFunction) -> VerbFunction:
    options = (
        inventory_option(required=False),
        click.option("--client", default="", metavar="NAME", help="Of clients, only this one."),
        click.option("--user", default="", metavar="NAME", help="Only the connections of a user."),
        click.option(
            "--since",
            type=Duration(shortest=_SHORTEST, longest=_LONGEST),
            default="2h",
            show_default=True,
            help="Only events that are not older than this.",
        ),
        limit_option,
        workers_option,
        quiet_option,
        log_file_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


@verb(
    "aovpn-remediate diagnose --client-error 853 --nps-reason 258",
    'aovpn-remediate diagnose "The error code returned on failure is 809."',
    "aovpn-remediate diagnose --events client.xml --events nps.xml",
    "aovpn-remediate diagnose -i fleet.yaml --user a.b --since 30m",
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
@nps_certificate_option
@click.option(
    "--probed",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Report of `probe --format json` about the server: its findings are evidence.",
)
@_live_options
@sheet_options
@click.pass_context
def diagnose(ctx: click.Context, /, **given: Any) -> None:
    """Find the cause of a failed connection.

    TEXT is an error number or a message, copied from a dialog or an event. TEXT and codes are about
    one failed connection; events are joined by user, computer and time. Causes are proven, likely
    or only possible, with what is missing to be sure. Without -i no host is contacted.

    With -i, the events of clients, NPS, RRAS, domain controllers and connectors are read on the
    hosts of an inventory, which needs no more than Event Log Readers and Remote Management Users.
    TEXT and codes then belong to the connections of --user or --client.

    Exit code 0 if no cause was found, 3 if one was, 1 if a file, a host or a log could not be read.
    """
    from aovpn_remediate.cli.commands.inspect.files import Inputs
    from aovpn_remediate.cli.terminal.inspections import present_sheet
    from aovpn_remediate.reports.inspections.symptoms import symptom_sheet

    output, format_ = given.pop("output"), given.pop("format_")
    inventory = given.pop("inventory")
    live = {name: given.pop(name) for name in _LIVE}
    if inventory is None:
        _refuse_without_inventory(ctx, given)
    if given["nps_certificate"] and not given["profile"]:
        raise click.UsageError("--nps-certificate needs --profile, which it is compared with")
    inputs = Inputs()
    symptoms = _symptoms(given, inputs)
    if inventory is None:
        report = aovpn.diagnose_symptoms(**symptoms)
    else:
        report = _diagnose_live(inventory, live, symptoms)
    report = report.model_copy(update={"unread": (*inputs.unread, *report.unread)})
    present_sheet(symptom_sheet(report), format_, output)
    ctx.exit(report.exit_code)


def _symptoms(given: dict[str, Any], inputs: Inputs) -> dict[str, Any]:
    """Return what was given, as the library takes it; a file that cannot be read is left out."""
    from aovpn_remediate.diagnose.events.files import LARGEST_FILE
    from aovpn_remediate.inspect.certificates.files import MAX_BYTES
    from aovpn_remediate.inspect.profiles.documents import MOST_BYTES

    files, messages = given.pop("files"), given.pop("messages")
    profile, certificate = given.pop("profile"), given.pop("nps_certificate")
    probed = given.pop("probed")
    events = {str(path): inputs.add_file(path, LARGEST_FILE) for path in files}
    return {
        "messages": messages,
        "codes": {kind: found for kind, found in given.items() if found},
        "events": {name: data for name, data in events.items() if data is not None},
        "profile": inputs.add_file(profile, MOST_BYTES) if profile else None,
        "nps_certificate": inputs.add_file(certificate, MAX_BYTES) if certificate else None,
        "probed": _probe_report(probed, inputs) if probed else None,
    }


def _diagnose_live(
    inventory: Path, live: dict[str, Any], symptoms: dict[str, Any]
) -> SymptomReport:
    from aovpn_remediate.cli.terminal.session import terminal_session

    with terminal_session("Reading events", quiet=live.pop("quiet")) as session:
        return aovpn.diagnose_fleet(inventory, control=session.control, **live, **symptoms)


def _refuse_without_inventory(ctx: click.Context, given: dict[str, Any]) -> None:
    """Refuse options that would have no effect, and a command without any symptom."""
    default = (click.core.ParameterSource.DEFAULT, click.core.ParameterSource.DEFAULT_MAP, None)
    for name in _LIVE:
        if ctx.get_parameter_source(name) not in default:
            raise click.UsageError(f"--{name} is for the events of hosts: give -i")
    if not any(found for name, found in given.items() if name != "nps_certificate"):
        raise click.UsageError(
            "nothing to diagnose: give a number, a message, codes, --events or -i"
        )


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
