"""`inspect certificate`: what is wrong with certificates, as NPS, RRAS and clients see them."""

from __future__ import annotations

from pathlib import Path

import click

import aovpn_remediate as aovpn
from aovpn_remediate.cli.options.inspection import sheet_options
from aovpn_remediate.cli.program import verb

_SUFFIXES = (".cer", ".crt", ".der", ".pem", ".p7b", ".p7c")
_MOST_DAYS = 36_500


@verb(
    "aovpn-remediate inspect certificate user.cer issuing-ca.cer root.cer",
    "aovpn-remediate inspect certificate vpn.p7b --sid S-1-5-21-36238110-33610443-30300820-1013",
)
@click.argument(
    "paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--sid", metavar="SID", help="SID of the account (objectSid), to compare with.")
@click.option(
    "--expiring-days",
    type=click.IntRange(0, _MOST_DAYS),
    metavar="N",
    help="Warn that many days before the end.  [default: 30, or the last third of a shorter life]",
)
@sheet_options
@click.pass_context
def certificate(
    ctx: click.Context,
    *,
    paths: tuple[Path, ...],
    sid: str | None,
    expiring_days: int | None,
    format_: str,
    output: Path | None,
) -> None:
    """Inspect certificates: DER, PEM, PKCS#7, or a folder of such files.

    Judges validity, revocation (CDP), purposes, names, the SID for strong mapping, key and
    signature, and puts several certificates in order: each one below its issuer. Only public
    certificates are read, never a private key.
    """
    from aovpn_remediate.cli.commands.inspect.files import Inputs
    from aovpn_remediate.cli.terminal.inspections import present_sheet
    from aovpn_remediate.inspect.certificates.files import MAX_BYTES
    from aovpn_remediate.reports.inspections.certificates import certificate_sheet

    inputs = Inputs()
    for path in paths:
        inputs.add(path, _SUFFIXES, MAX_BYTES)
    report = aovpn.inspect_certificates(inputs.files, sid=sid, expiring_days=expiring_days)
    report = report.model_copy(update={"unread": (*inputs.unread, *report.unread)})
    present_sheet(certificate_sheet(report), format_, output)
    ctx.exit(report.exit_code)
