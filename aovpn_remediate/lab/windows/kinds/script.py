"""Own scripts in the simulation: no text runs; the seed has the state that `get` would print."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from pydantic import TypeAdapter

from aovpn_remediate.lab.windows.answers import Recorded
from aovpn_remediate.lab.windows.host import Host
from aovpn_remediate.lab.windows.kinds.base import Act, Answer, Kind, Parameters
from aovpn_remediate.lab.windows.thrown import Thrown

State = dict[str, Any] | None


class Target(Parameters):
    """The two texts, and what both are given."""

    Get: str
    Set: str
    Values: dict[str, Any]


def _get(host: Host, target: Target) -> Answer:
    state = _record(host, target).answer
    return None if state is None else {"text": json.dumps(state, separators=(",", ":"))}


def _acts(host: Host, target: Target, desired: State) -> list[Act]:
    record = _record(host, target)
    return [lambda: record.become(deepcopy(desired))]


def _record(host: Host, target: Target) -> Recorded:
    given = target.model_dump()
    for record in host.answers.get("script", ()):
        if all(given.get(name) == value for name, value in record.target.items()):
            if record.throws:
                raise Thrown(record.throws)
            return record
    raise Thrown("The lab has no state for this script: no text runs on a simulated host.")


SCRIPT = Kind(
    name="script",
    target=Target,
    get=_get,
    subject=lambda target: target.Get,
    desired=TypeAdapter(State),
    acts=_acts,
)
