"""What became of hosts that set themselves back unless they are confirmed."""

from __future__ import annotations

from typing import Literal

from aovpn_remediate.errors import EXIT_COMPLIANT, EXIT_FAILED, EXIT_INTERRUPTED
from aovpn_remediate.results.common import Data


class Confirmation(Data):
    """A host that sets itself back unless its run is confirmed, and what became of that."""

    run: str
    """The run to confirm."""
    until: str = ""
    """When it sets itself back, by its own clock, in UTC."""
    status: Literal[
        "waiting",  # it will set itself back
        "confirmed",  # it will not: the changes stay
        "undone",  # it has
        "undoing",  # it is under way
        "unfinished",  # it began, and did not come to its end
        "gone",  # nothing of it is left on the host, and nobody knows why
        "unreached",  # the host does not answer
        "failed",  # the host would not take it away
    ] = "waiting"
    time: str = ""
    """Host time of the end, as far as there is one."""
    message: str = ""
    problems: tuple[str, ...] = ()
    """What the host could not set back, a line each."""


class HostConfirmation(Data):
    """What became of the confirmation of one host."""

    host: str
    confirm: Confirmation


class Confirmations(Data):
    """What `confirm` gives."""

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
