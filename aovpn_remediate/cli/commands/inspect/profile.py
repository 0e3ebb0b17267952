"""`inspect profile`: what is wrong with a VPN profile, and a corrected copy."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aovpn_remediate.cli.options.inspection import nps_certificate_option, sheet_options
from aovpn_remediate.cli.program import verb
from aovpn_remediate.errors import UsageError

if TYPE_CHECKING:
    from aovpn_remediate.results.inspection import Unread
    from aovpn_remediate.results.profiles import ProfileReport


@verb(
    "aovpn-remediate inspect profile user-tunnel.xml",
    "aovpn-remediate inspect profile user-tunnel.xml --nps-certificate nps-01.cer",
    "aovpn-remediate inspect profile export.json --fix corrected.json --format json",
)
@click.argument("file", type=click.Path(path_type=Path))
@nps_certificate_option
@click.option(
    "--fix",
    "copy",
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="Write a corrected copy to a new file, and show the difference.",
)
@sheet_options
@click.pass_context
def profile(
    ctx: click.Context,
    *,
    file: Path,
    nps_certificate: Path | None,
    copy: Path | None,
    format_: str,
    output: Path | None,
) -> None:
    """Inspect a VPN profile: ProfileXML, EAP XML, or an export of Intune (JSON).

    Finds routes that Windows never uses, server names and trusted roots that make clients refuse
    NPS, a device tunnel against the rules, half a conditional access, misplaced elements. --fix
    corrects routes, the case of server names (with --nps-certificate) and the order of elements;
    a corrected route sends more into the tunnel, and the report says which addresses.
    """
    from aovpn_remediate.cli.terminal.inspections import present_sheet
    from aovpn_remediate.reports.inspections.profiles import profile_sheet

    _refuse_to_overwrite(copy, output, [file, *([nps_certificate] if nps_certificate else [])])
    report, corrected = _look(file, nps_certificate, correct=copy is not None)
    if copy is not None and corrected is not None:
        _write_new(copy, corrected, like=file)
    present_sheet(profile_sheet(report), format_, output)
    if copy is not None:
        _say(copy, corrected)
    ctx.exit(report.exit_code)


def _look(
    file: Path, certificate: Path | None, *, correct: bool
) -> tuple[ProfileReport, bytes | None]:
    """Return the report, and the corrected copy if it is wanted and possible."""
    import aovpn_remediate as aovpn
    from aovpn_remediate.cli.commands.inspect.files import Inputs
    from aovpn_remediate.inspect.certificates.files import MAX_BYTES
    from aovpn_remediate.inspect.profiles.documents import MOST_BYTES

    inputs = Inputs()
    data = inputs.add_file(file, MOST_BYTES)
    nps = inputs.add_file(certificate, MAX_BYTES) if certificate else None
    if data is None or inputs.unread:
        return _nothing(inputs.unread), None
    if not correct:
        return aovpn.inspect_profile(data, nps_certificate=nps, name=str(file)), None
    done = aovpn.fix_profile(data, nps_certificate=nps, name=str(file))
    return done.report, done.data


def _nothing(unread: Sequence[Unread]) -> ProfileReport:
    """Return a report of nothing but what could not be read."""
    from aovpn_remediate.api.provenance import now, tool_version
    from aovpn_remediate.results.profiles import ProfileReport

    return ProfileReport(made_by=tool_version(), made_at=now(), unread=tuple(unread))


def _refuse_to_overwrite(copy: Path | None, output: Path | None, read: Sequence[Path]) -> None:
    """Refuse a place that would cost a file. Raises `UsageError`."""
    if output is not None and any(_is_same(output, path) for path in read):
        raise UsageError(f"-o {output} is a file that is inspected; choose another name")
    if copy is None:
        return
    if any(_is_same(copy, path) for path in read):
        raise UsageError(
            f"--fix {copy} is a file that is inspected, which is never changed; choose a new name"
        )
    if os.path.lexists(copy):
        raise UsageError(f"--fix {copy} exists, and no file is overwritten; choose a new name")
    if not copy.parent.is_dir():
        raise UsageError(f"the folder {copy.parent} does not exist")
    if output is not None and os.path.realpath(copy) == os.path.realpath(output):
        raise UsageError("--fix and -o name the same file")


def _is_same(one: Path, other: Path) -> bool:
    """Return True for one file, whatever the names: links to it, or `..` in a path."""
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False


def _write_new(path: Path, data: bytes, *, like: Path) -> None:
    """Write a file that does not exist yet, for the same people as another. Raises `UsageError`."""
    mode = like.stat().st_mode & 0o777

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags, mode)

    try:
        with open(path, "xb", opener=opener) as file:
            file.write(data)
    except FileExistsError:
        raise UsageError(f"--fix {path} exists, and no file is overwritten") from None
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def _say(copy: Path, corrected: bytes | None) -> None:
    from aovpn_remediate.cli.terminal.output import print_note

    if corrected is None:
        print_note(f"{copy} was not written, because something could not be read")
    else:
        print_note(f"{copy} is the corrected copy; the original is as it was")
