"""User rights, as Get- and Set-AovpnUserRight read and set them through the LSA."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from aovpn_remediate.lab.backend import ScriptFailure
from aovpn_remediate.lab.windows.host import Host
from aovpn_remediate.lab.windows.kinds.base import Act, Answer, Kind, Parameters
from aovpn_remediate.lab.windows.thrown import Thrown


class Target(Parameters):
    """The right, the accounts by name or SID, and whether all who hold it are asked for."""

    Right: str
    Accounts: list[str]
    Exactly: bool


class Holder(Parameters):
    """An account, and True if it holds the right."""

    sid: str | None
    held: bool


class Additive(Parameters):
    """The accounts in the order of the target; others are not touched."""

    accounts: list[Holder]


class Exact(Parameters):
    """The SIDs that alone hold the right."""

    holders: list[str]


def _get(host: Host, target: Target) -> Answer:
    holders = host.rights.get(target.Right, set())
    accounts = []
    for account in target.Accounts:
        sid = host.sid(account)
        accounts.append({"account": account, "sid": sid, "held": sid in holders})
    denied = _denial(host) if target.Right == "SeServiceLogonRight" else {}
    return {
        "accounts": accounts,
        "holders": sorted(holders) if target.Exactly else None,
        "orphans": sorted(sid for sid in holders if not host.has_name(sid)),
        "policy": _policy(host, target.Right),
        **denied,
    }


def _denial(host: Host) -> dict[str, Any]:
    """Return who may not log on as a service, if there is anybody."""
    holders = sorted(host.rights.get("SeDenyServiceLogonRight", ()))
    if not holders:
        return {}
    microsoft = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft"
    rights = rf"{microsoft}\PolicyManager\current\device\UserRights"
    found = {
        "holders": holders,
        "osconfig": host.registry.find(rf"{microsoft}\OSConfig") is not None,
        "mdm": host.registry.get(rights, "DenyLogOnAsService") is not None,
    }
    return {"denied": found}


def _policy(host: Host, right: str) -> Any:
    if host.policy.unreadable is not None:
        return {"unknown": host.policy.unreadable}
    decided = host.policy.rights.get(right)
    return decided and {"name": decided.name, "accounts": list(decided.accounts)}


def _acts(host: Host, target: Target, desired: Additive | Exact) -> list[Act]:
    holders = host.rights.setdefault(target.Right, set())
    if isinstance(desired, Exact):
        # Nobody is without the right meanwhile.
        changes = [(sid, True) for sid in desired.holders if sid not in holders]
        changes += [(sid, False) for sid in sorted(holders) if sid not in desired.holders]
    else:
        if len(desired.accounts) != len(target.Accounts):
            raise ScriptFailure("the lab needs a state for each account", "ParseException")
        changes = [
            (_known(entry.sid), entry.held)
            for entry in desired.accounts
            if entry.held != (entry.sid in holders)
        ]
    return [_change(holders, sid, held=held) for sid, held in changes]


def _known(sid: str | None) -> str:
    if sid is None:
        raise Thrown("An account that should hold the right is not known to this host.")
    return sid


def _change(holders: set[str], sid: str, *, held: bool) -> Act:
    return lambda: holders.add(sid) if held else holders.discard(sid)


USER_RIGHT = Kind(
    name="user_right",
    target=Target,
    get=_get,
    subject=lambda target: target.Right,
    desired=TypeAdapter(Additive | Exact),
    acts=_acts,
)
