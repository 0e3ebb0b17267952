"""The membership of an account in a local group; read only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from aovpn_remediate.resources.base import Answer, State
from aovpn_remediate.resources.declared import DeclaredResource, HostAnswer, unknown_account
from aovpn_remediate.resources.rules import ACCOUNT


class _Membership(HostAnswer):
    sid: str | None
    member: bool
    nested: list[str]


class LocalGroupMember(DeclaredResource):
    """A state is `{member}`. Membership through a group inside the group is unknown, not absent."""

    kind = "local_group_member"
    summary = "an account is a member of a local group (read only)"
    read_only = True
    target_fields = ("group", "account")
    title_text = "member of {group}  {account}"
    answer = _Membership
    example: ClassVar[Mapping[str, Any]] = {"group": "S-1-5-32-544", "account": r"CORP\svc"}

    group: Annotated[str, ACCOUNT]
    """Name or SID; S-1-5-32-544 is Administrators in every language."""
    account: Annotated[str, ACCOUNT]
    r"""Name (`CORP\svc`) or SID."""
    member: bool = True
    """True if it has to be a member."""

    def unreadable(self, found: _Membership) -> str | None:
        """The host does not know the account, or groups are nested."""
        if found.member:
            return None
        if found.sid is None:
            return unknown_account(self.account) if self.member else None
        if found.nested:
            return f"not a member itself; whether through {', '.join(found.nested)} is unknown"
        return None

    def show(self, state: State) -> str:
        """`member`, `not a member`."""
        return "member" if (state or {})["member"] else "not a member"

    def manual(self, answer: Answer, actual: State) -> str | None:
        """Members are not added or removed here."""
        del answer, actual
        verb = "add it to" if self.member else "take it out of"
        return f"{verb} the group {self.group} by hand"
