"""Who is in a group, and who holds a right."""

from __future__ import annotations

import json
from typing import Any

from aovpn_remediate.resources.base import Resource
from tests.powershell.arranged import store

from .common import MICROSOFT

_USER_RIGHTS = rf"{MICROSOFT}\PolicyManager\current\device\UserRights"
FORGET = f"""
Remove-Item '{_USER_RIGHTS}', '{MICROSOFT}\\OSConfig' -Recurse -ErrorAction Ignore
"""


def local_group_member(resource: Resource, answer: Any) -> str:
    """The account, the group and its members."""
    group, account = resource.target()["Group"], resource.target()["Account"]
    lines, members = [], []
    if not group.startswith("S-1-"):
        lines.append(store("Accounts", group, "S-1-5-21-1-2-3-2000"))
    if answer["sid"] is not None:
        lines.append(store("Accounts", account, answer["sid"]))
    if answer["member"]:
        members.append(f"WinNT://{account.replace(chr(92), '/')}|User|{answer['sid']}")
    for place, name in enumerate(answer["nested"]):
        members.append(f"WinNT://{name.replace(chr(92), '/')}|Group|S-1-5-21-1-2-3-{3000 + place}")
    known = "Administrators" if group == "S-1-5-32-544" else group
    return "\n".join([*lines, store(f"Groups\\{known}", "Members", members)])


def user_right(resource: Resource, answer: Any) -> str:
    """The accounts, who holds the right, and the policy."""
    named = {one["account"]: one["sid"] for one in answer["accounts"] if one["sid"]}
    held = [one["sid"] for one in answer["accounts"] if one["held"]]
    away = [text.partition(":")[0] for text in answer.get("unasked", ())]
    holders = [*held, *answer["orphans"], *(answer["holders"] or []), *away]
    lines = [store("UserRights", resource.target()["Right"], list(dict.fromkeys(holders)))]
    lines += [store("Accounts", f"1789\\{sid}", sid) for sid in away]
    unnamed = {*holders, *named.values()} - {*answer["orphans"], *away}
    names = {sid: name for name, sid in named.items() if not name.startswith("S-1-")}
    for place, sid in enumerate(sorted(unnamed)):
        lines.append(store("Accounts", names.get(sid, f"CORP\\case{place}"), sid))
    if denied := answer.get("denied"):
        lines.append(store("UserRights", "SeDenyServiceLogonRight", denied["holders"]))
        if denied["osconfig"]:
            lines.append(f"$null = New-Item '{MICROSOFT}\\OSConfig' -Force")
        if denied["mdm"]:
            lines.append(f"$null = New-Item '{_USER_RIGHTS}' -Force")
            lines.append(f"$null = New-ItemProperty '{_USER_RIGHTS}' DenyLogOnAsService -Value x")
    policy, right = answer["policy"], resource.target()["Right"]
    rows: Any = []
    if policy and "unknown" in policy:
        rows = {"error": policy["unknown"]}
    elif policy:
        row = {
            "UserRight": right,
            "Precedence": 1,
            "GPOID": "id",
            "AccountList": policy["accounts"],
        }
        rows = [row]
    gpo = [{"id": "id", "name": policy["name"]}] if policy and "name" in policy else []
    for name, value in {"RSOP_UserPrivilegeRight": rows, "RSOP_GPO": gpo}.items():
        lines.append(store("Cim", f"root/rsop/computer:{name}", json.dumps(value)))
    return "\n".join(lines)
