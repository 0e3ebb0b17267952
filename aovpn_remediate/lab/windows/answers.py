"""The answers that a new host has for the kinds without a model: as its seed recorded them."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from aovpn_remediate.lab.windows.model import AnswerSeed, HostSeed, VpnSeed

_NO_CMDLETS = (
    "The RemoteAccess cmdlets are not installed (Windows feature RSAT-RemoteAccess-PowerShell)."
)
_NO_CONFIGURATION = "RRAS is not configured for VPN: it has no configuration."


@dataclass
class Recorded:
    """What Get answers to a target with these parameters, or throws; a Set changes the answer."""

    target: Mapping[str, Any]
    answer: Any
    throws: str

    def become(self, answer: Any) -> None:
        """The answer from now on."""
        self.answer = answer


Answers = dict[str, list[Recorded]]
"""By kind. The first that fits a target answers."""


def recorded(seed: HostSeed) -> Answers:
    """The answers of a new host."""
    return {
        name: [Recorded(each.target, deepcopy(each.answer), each.throws) for each in answers]
        for name, answers in {**_usual(seed), **seed.answers}.items()
    }


def _usual(seed: HostSeed) -> Mapping[str, tuple[AnswerSeed, ...]]:
    """What the seed says in words, and what Windows answers where nobody has done anything."""
    return {
        "os_build": (AnswerSeed(answer={"build": seed.os.build, "ubr": seed.os.ubr}),),
        "installed_program": (AnswerSeed(answer=None),),
        "vpn_server_ports": (_ports(seed),),
    }


def _ports(seed: HostSeed) -> AnswerSeed:
    if isinstance(seed.vpn, VpnSeed):
        return AnswerSeed(answer=seed.vpn.model_dump())
    return AnswerSeed(throws=_NO_CMDLETS if seed.vpn is None else _NO_CONFIGURATION)
