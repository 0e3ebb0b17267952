"""Whether an account is a member of a local group; read only."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from aovpn_remediate.errors import Unreadable
from aovpn_remediate.resources.base import Answer, Resource, State, checked


class _Membership(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    sid: str | None
    member: bool
    nested: list[str]


_ANSWER: TypeAdapter[_Membership] = TypeAdapter(_Membership)


class LocalGroupMember(Resource):
    """A state is `{member}`. Membership through a group inside the group is unknown, not absent."""

    kind: ClassVar[str] = "local_group_member"
    summary: ClassVar[str] = "an account is a member of a local group (read only)"
    read_only: ClassVar[bool] = True
    target_fields: ClassVar[tuple[str, ...]] = ("group", "account")

    group: Annotated[str, Field(min_length=1)]
    """Name or SID; S-1-5-32-544 is Administrators in every language."""
    account: Annotated[str, Field(min_length=1)]
    r"""Name (`CORP\svc`) or SID."""
    member: bool = True
    """Whether it is a member, or is not."""

    def target(self) -> dict[str, Any]:
        """Group and Account."""
        return {"Group": self.group, "Account": self.account}

    def title(self) -> str:
        r"""`member of S-1-5-32-544  CORP\svc`."""
        return f"member of {self.group}  {self.account}"

    def normalise(self, answer: Answer) -> State:
        """Raises `Unreadable` where the host does not know the account, or groups are nested."""
        found = checked(_ANSWER, answer)
        if found.member:
            return {"member": True}
        if found.sid is None and self.member:
            raise Unreadable(
                f"the host does not know the account {self.account}: check its spelling, and that "
                "a domain controller can be reached"
            )
        if found.sid is not None and found.nested:
            raise Unreadable(
                f"not a member itself; whether through {', '.join(found.nested)} is unknown"
            )
        return {"member": False}

    def wanted(self, actual: State) -> State:
        """As declared."""
        del actual
        return {"member": self.member}

    def show(self, state: State) -> str:
        """`member`, `not a member`."""
        return "member" if (state or {})["member"] else "not a member"

    def manual(self, answer: Answer, actual: State) -> str | None:
        """Members are not added or removed here."""
        del answer, actual
        verb = "add it to" if self.member else "take it out of"
        return f"{verb} the group {self.group} by hand"
