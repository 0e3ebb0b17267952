"""The rules of a group in an inventory file.

keep_serving: 75%                 # or a number of hosts
playbooks: [nps-ignore-no-revocation-check, own/rras.yaml]
drift: report                     # or fix
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aovpn_remediate.inventory.logon import absolute
from aovpn_remediate.inventory.model import DRIFT_POLICIES, GroupRules, Share
from aovpn_remediate.playbook.words import Finding, Place, describe, did_you_mean

RULES = ("keep_serving", "playbooks", "drift")
"""The fields of a group that are rules."""
DRIFT_RULES = ("playbooks", "drift")
"""The rules that `all` may have as well."""


def read_rules(
    fields: Mapping[str, Any], place: Place, folder: Path, findings: list[Finding]
) -> GroupRules:
    """Read the rules among the fields of a group; problems are added to the findings."""
    floor, policy = None, None
    if (value := fields.get("keep_serving")) is not None:
        floor = _floor(value)
        if floor is None:
            what = "should be a number of hosts (at least 1) or a percentage such as 75%"
            findings.append(((*place, "keep_serving"), f"{what}, but is {describe(value)}"))
    if (value := fields.get("drift")) is not None:
        policy = value if isinstance(value, str) and value in DRIFT_POLICIES else None
        if policy is None:
            near = did_you_mean(value, DRIFT_POLICIES) if isinstance(value, str) else ""
            what = f"should be one of {', '.join(DRIFT_POLICIES)}, but is {describe(value)}{near}"
            findings.append(((*place, "drift"), what))
    playbooks = tuple(_playbooks(fields.get("playbooks"), (*place, "playbooks"), folder, findings))
    return GroupRules(keep_serving=floor, playbooks=playbooks, drift=policy)


def _floor(value: Any) -> Share | None:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return Share.parse(str(value)) if is_number or isinstance(value, str) else None


def _playbooks(
    value: Any, place: Place, folder: Path, findings: list[Finding]
) -> Iterator[str | Path]:
    """Yield names of shipped playbooks as they are, and files as absolute paths."""
    if value is None:
        return
    if not isinstance(value, list):
        findings.append((place, f"should be a list of playbooks, but is {describe(value)}"))
        return
    for number, item in enumerate(value):
        at = (*place, number)
        if not isinstance(item, str) or not item:
            what = (
                f"should be the name of a playbook or the path of a file, but is {describe(item)}"
            )
            findings.append((at, what))
        elif item in value[:number]:
            findings.append((at, "is listed twice"))
        elif not item.endswith((".yaml", ".yml")) and "/" not in item and "\\" not in item:
            yield item
        elif (path := absolute(item, folder)).is_file():
            yield path
        else:
            findings.append((at, f"file not found: {path}"))
