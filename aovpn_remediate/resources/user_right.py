"""A user right (privilege or logon right), held by accounts or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator, model_validator

from aovpn_remediate.errors import Unreadable
from aovpn_remediate.resources.base import Answer, Resource, State, Texts, checked


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class _Account(_Strict):
    account: str
    sid: str | None
    held: bool


class _Policy(_Strict):
    name: str | None = None
    accounts: list[str] = []
    unknown: str | None = None


class _Right(_Strict):
    accounts: list[_Account]
    holders: list[str] | None
    orphans: list[str]
    policy: _Policy | None


_ANSWER: TypeAdapter[_Right] = TypeAdapter(_Right)


class UserRight(Resource):
    """Additive: for each account named, whether it holds the right itself; others are not touched.

    A state is `{accounts: [{sid, held}]}` in the order of the accounts, `sid` None where the host
    does not know the name. With `exactly` it is `{accounts: [sid], holders: [sid]}`: everybody who
    holds the right, and all but the accounts named lose it.
    """

    kind: ClassVar[str] = "user_right"
    summary: ClassVar[str] = "a user right that accounts hold, do not hold, or (exactly) alone hold"
    target_fields: ClassVar[tuple[str, ...]] = ("right", "accounts", "exactly")

    right: Annotated[str, Field(pattern=r"^Se[A-Za-z]+(Right|Privilege)$")]
    """The constant, such as SeServiceLogonRight."""
    accounts: Texts | None = None
    r"""Names (`CORP\svc`, `NT SERVICE\x`) or SIDs; resolved on the host."""
    held: bool = True
    """Whether the accounts hold the right, or do not."""
    exactly: Texts | None = None
    """Dangerous: whoever is not named loses the right, services of Windows as well."""

    @field_validator("accounts", "exactly")
    @classmethod
    def _known_spelling(cls, accounts: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for account in accounts or ():
            if not account.strip() or account.startswith((".\\", "*")):
                raise ValueError(rf"{account!r}: write DOMAIN\name, a local name alone, or a SID")
        return accounts

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        if (self.accounts is None) == (self.exactly is None):
            raise ValueError("give accounts (with held: true or false), or exactly")
        if self.exactly is not None and not self.held:
            raise ValueError("held does not go with exactly")
        return self

    @property
    def _named(self) -> tuple[str, ...]:
        return self.accounts or self.exactly or ()

    def target(self) -> dict[str, Any]:
        """Right, Accounts, Exactly."""
        return {
            "Right": self.right,
            "Accounts": list(self._named),
            "Exactly": self.exactly is not None,
        }

    def claims(self) -> Mapping[str, Any]:
        """One an account; with `exactly` also who else may hold it: nobody."""
        right = f"user_right {self.right}".casefold()
        held = {f"{right} {account}".casefold(): self.held for account in self._named}
        if self.exactly is None:
            return held
        return {f"{right} exactly": sorted(name.casefold() for name in self.exactly), **held}

    def title(self) -> str:
        r"""`SeServiceLogonRight  CORP\svc`."""
        return f"{self.right}  {', '.join(self._named)}"

    def normalise(self, answer: Answer) -> State:
        """Raises `Unreadable` where the host does not know an account that should hold it."""
        right = checked(_ANSWER, answer)
        if [entry.account for entry in right.accounts] != list(self._named):
            raise Unreadable("the host answered for other accounts than those asked for")
        unknown = [entry.account for entry in right.accounts if entry.sid is None]
        if unknown and self.held:
            raise Unreadable(
                f"the host does not know the account {', '.join(unknown)}: check its spelling, and "
                "that a domain controller can be reached"
            )
        if self.exactly is None:
            return {"accounts": [{"sid": e.sid, "held": e.held} for e in right.accounts]}
        if right.holders is None:
            raise Unreadable("the host did not say who holds the right")
        sids = sorted({str(entry.sid) for entry in right.accounts})
        return {"accounts": sids, "holders": sorted(set(right.holders))}

    def wanted(self, actual: State) -> State:
        """Held or not for each account; with `exactly` these accounts alone."""
        accounts = (actual or {}).get("accounts", [])
        if self.exactly is not None:
            return {"accounts": accounts, "holders": accounts}
        return {"accounts": [{"sid": entry["sid"], "held": self.held} for entry in accounts]}

    def desired(self, state: State) -> State:
        """Without the accounts' names: Set works by SID."""
        if state is None or self.exactly is None:
            return state
        return {"holders": state["holders"]}

    def show(self, state: State) -> str:
        """`held`, `not held (S-1-...)`; with `exactly` the SIDs of all who hold it."""
        if state is None:
            return "absent"
        if self.exactly is not None:
            return f"held exactly by {', '.join(state['holders']) or 'nobody'}"
        if len({entry["held"] for entry in state["accounts"]}) == 1:
            return "held" if state["accounts"][0]["held"] else "not held"
        pairs = zip(self._named, state["accounts"], strict=True)
        return ", ".join(f"{n} {'holds' if e['held'] else 'does not hold'}" for n, e in pairs)

    def notes(self, answer: Answer) -> tuple[str, ...]:
        """Orphans, group policy, and who would lose the right."""
        right = checked(_ANSWER, answer)
        notes = []
        if right.orphans:
            notes.append(f"held by SIDs without a name on this host: {', '.join(right.orphans)}")
        if right.policy and right.policy.unknown is not None:
            notes.append(
                f"group policy unknown ({right.policy.unknown}): it may take the change back"
            )
        if self.exactly is not None:
            named = {entry.sid for entry in right.accounts}
            losing = [sid for sid in right.holders or [] if sid not in named]
            if losing:
                notes.append(f"EXACTLY: these lose the right: {', '.join(losing)}")
        return tuple(notes)

    def manual(self, answer: Answer, actual: State) -> str | None:
        """What group policy decides is changed in the policy."""
        del actual
        policy = checked(_ANSWER, answer).policy
        if policy is None or policy.unknown is not None:
            return None
        return f"group policy {policy.name!r} decides this right: change it there"
