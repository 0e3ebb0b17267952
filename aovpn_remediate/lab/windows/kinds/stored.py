"""Kinds whose answers were recorded: Get answers what the seed has, and Set merges into it.

That is every kind without a model of its own here. A kind needs one only where its Set does more
than what it is told, such as starting services.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from aovpn_remediate.lab.backend import ScriptFailure
from aovpn_remediate.lab.windows.answers import Recorded
from aovpn_remediate.lab.windows.host import Host
from aovpn_remediate.lab.windows.kinds.base import Act, Answer, Kind, Parameters
from aovpn_remediate.lab.windows.registry import fold
from aovpn_remediate.lab.windows.thrown import Thrown

Desired = dict[str, Any] | None

_CALLS_DOTNET = {
    "certificate",
    "directory_certificate",
    "installed_program",
    "local_group_member",
    "netsh_health",
    "nps_policy",
    "rasphone_entry",
    "tcp_reach",
}
"""The kinds here whose functions call .NET."""


class Target(Parameters):
    """Any parameters: the seed says which there are."""

    model_config = ConfigDict(extra="allow")

    @property
    def given(self) -> Mapping[str, Any]:
        """The parameters by name."""
        return self.model_extra or {}


def stored(name: str) -> Kind[Target]:
    """The kind of this name."""
    return Kind(
        name=name,
        calls_dotnet=name in _CALLS_DOTNET,
        target=Target,
        get=lambda host, target: answer_of(name, host, target),
        subject=lambda target: "\\".join(map(str, target.given.values())) or name,
        desired=TypeAdapter(Desired),
        acts=lambda host, target, desired: _acts(name, host, target, desired),
    )


def name_of(function: str) -> str:
    """The kind behind Get- and Set-: `AovpnVpnServerPorts` is `vpn_server_ports`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", function.removeprefix("Aovpn")).lower()


def answer_of(name: str, host: Host, target: Target) -> Answer:
    """Return a copy of the recorded answer of a kind. Raises `Thrown`."""
    return deepcopy(_record(name, host, target).answer)


def _record(name: str, host: Host, target: Target) -> Recorded:
    for record in host.answers.get(name, ()):
        if all(_same(target.given.get(key), value) for key, value in record.target.items()):
            if record.throws:
                raise Thrown(record.throws)
            return record
    raise Thrown(f"The lab has no recorded answer of {name} for {dict(target.given)}.")


def _same(one: Any, other: Any) -> bool:
    """Windows knows no case."""
    both_text = isinstance(one, str) and isinstance(other, str)
    return fold(one) == fold(other) if both_text else one == other


def _acts(name: str, host: Host, target: Target, desired: Desired) -> list[Act]:
    record = _record(name, host, target)
    if desired is None or record.answer is None:
        return [lambda: record.become(deepcopy(desired))]
    if unknown := set(desired) - set(record.answer):
        raise ScriptFailure(
            f"the lab's recorded answer of {name} has no {', '.join(sorted(unknown))}",
            "ParseException",
        )
    changes = {key: value for key, value in desired.items() if value != record.answer[key]}
    changes |= host.quirks.disturbs.get(name, {})
    return [_change(record, key, value) for key, value in changes.items()]


def _change(record: Recorded, key: str, value: Any) -> Act:
    return lambda: record.become({**record.answer, key: value})
