"""Confirmations: hosts that roll back automatically unless their run is confirmed."""

from __future__ import annotations

from typing import Literal

from aovpn_remediate.errors import EXIT_COMPLIANT, EXIT_FAILED, EXIT_INTERRUPTED
from aovpn_remediate.results.common import Data


class Confirmation(Data):
    """The automatic rollback of a host, which a confirmation of its run cancels."""

    run: str
    """The run to confirm."""
    until: str = ""
    """The time of the rollback by the host's clock, in UTC."""
    status: Literal[
        "waiting",  # it will roll back
        "confirmed",  # cancelled: the changes stay
        "undone",  # rolled back
        "undoing",  # rolling back right now
        "unfinished",  # the rollback began, and did not finish
        "gone",  # nothing of it is left on the host, for an unknown reason
        "unreached",  # the host did not answer
        "failed",  # the host did not cancel it
    ] = "waiting"
    time: str = ""
    """The host's time when it ended, if it has."""
    message: str = ""
    problems: tuple[str, ...] = ()
    """The steps that the host could not roll back, a line each."""


class HostConfirmation(Data):
    """The outcome of the confirmation of one host."""

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
        """0 all confirmed, 1 not all confirmed, 130 interrupted."""
        if self.interrupted:
            return EXIT_INTERRUPTED
        is_confirmed = all(host.confirm.status == "confirmed" for host in self.hosts)
        return EXIT_COMPLIANT if is_confirmed else EXIT_FAILED
