"""Confirmations: hosts that roll back automatically unless their run is confirmed."""

from __future__ import annotations

from typing import Literal

from aovpn_remediate.errors import EXIT_COMPLIANT, EXIT_FAILED, EXIT_INTERRUPTED
from aovpn_remediate.results.common import Data


class Confirmation(Data):
    """The automatic rollback of a host, and its outcome."""

    run: str
    """The run to confirm."""
    until: str = ""
    """Time of the rollback by the clock of the host, in UTC."""
    status: Literal[
        "waiting",  # it will roll back
        "confirmed",  # the rollback is cancelled: the changes stay
        "undone",  # it has rolled back
        "undoing",  # it is rolling back
        "unfinished",  # the rollback started and did not finish
        "gone",  # the host has neither its task nor its record, for an unknown reason
        "unreached",  # the host does not answer
        "failed",  # the host could not cancel it, or it failed when its time came
    ] = "waiting"
    time: str = ""
    """Host time of the end, if it has ended."""
    message: str = ""
    problems: tuple[str, ...] = ()
    """The steps that the host could not roll back, a line each."""


class HostConfirmation(Data):
    """The confirmation of one host."""

    host: str
    confirm: Confirmation


class Confirmations(Data):
    """The result of `confirm`."""

    kind: Literal["confirmations"] = "confirmations"
    schema_version: Literal[1] = 1
    made_at: str
    run: str
    hosts: tuple[HostConfirmation, ...]
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """0 all are confirmed, 1 not all, 130 interrupted."""
        if self.interrupted:
            return EXIT_INTERRUPTED
        kept = all(host.confirm.status == "confirmed" for host in self.hosts)
        return EXIT_COMPLIANT if kept else EXIT_FAILED
