"""A user right (privilege or logon right), held by accounts or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from aovpn_remediate.resources.base import Answer, State, Wants
from aovpn_remediate.resources.declared import DeclaredResource, HostAnswer, unknown_account
from aovpn_remediate.resources.rules import ACCOUNT, one_of, without
from aovpn_remediate.resources.texts import in_short


class _Account(HostAnswer):
    account: str
    sid: str | None
    held: bool


class _Policy(HostAnswer):
    name: str | None = None
    accounts: tuple[str, ...] = Field(default=(), strict=False)
    unknown: str | None = None


class _Denial(HostAnswer):
    holders: list[str]
    osconfig: bool
    """OSConfig is there, whose baselines hold the right that denies."""
    mdm: bool
    """A policy of MDM decides it."""


class _Right(HostAnswer):
    accounts: list[_Account]
    holders: list[str] | None
    orphans: list[str]
    policy: _Policy | None
    unasked: list[str] = Field(default_factory=list)
    denied: _Denial | None = None


_KNOWN: Mapping[str, str] = {
    "S-1-5-32-546": "Guests",
    "S-1-5-32-544": "Administrators",
    "S-1-5-32-545": "Users",
    "S-1-1-0": "Everyone",
    "S-1-5-11": "Authenticated Users",
}
"""Groups of every Windows, by their English names."""
_MOST_HOLDERS = 2000
"""Characters: some forty SIDs."""
Name = Annotated[str, ACCOUNT]
Accounts = Annotated[tuple[Name, ...], Field(strict=False, min_length=1)]


class UserRight(DeclaredResource):
    """Additive: for each account named, whether it holds the right itself; others are not touched.

    A state is `{accounts: [{sid, held}]}` in the order of the accounts, `sid` None where the host
    does not know the name. With `exactly` it is `{accounts: [sid], holders: [sid]}`: everybody who
    holds the right, and all but the accounts named lose it.
    """

    kind = "user_right"
    summary = "a user right that accounts hold, do not hold, or (exactly) alone hold"
    target_fields = ("right", "accounts", "exactly")
    answer = _Right
    example: ClassVar[Mapping[str, Any]] = {
        "right": "SeServiceLogonRight",
        "accounts": [r"CORP\svc"],
    }
    rules = (
        one_of(
            "accounts",
            "exactly",
            why="give accounts (with held: true or false), or exactly",
        ),
        without("held", False, "exactly", why="held does not go with exactly"),
    )

    right: Annotated[str, Field(pattern=r"^Se[A-Za-z]+(Right|Privilege)$")]
    """The constant, such as SeServiceLogonRight."""
    accounts: Accounts | None = None
    r"""Names (`CORP\svc`, `NT SERVICE\x`) or SIDs; resolved on the host."""
    held: bool = True
    """True if the accounts have to hold the right."""
    exactly: Annotated[tuple[Name, ...], Field(strict=False)] | None = None
    """Dangerous: whoever is not named loses the right, services of Windows as well; []: nobody."""

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

    @property
    def parts(self) -> tuple[str, ...]:
        """The accounts named, and with `exactly` all holders: orphans and policy are of others."""
        return ("accounts",) if self.exactly is None else ("accounts", "holders")

    def is_between(self, state: State, before: State, goal: State) -> bool:
        """Return True if each account holds the right as before or as in the goal."""
        if state is None or before is None or goal is None:
            return super().is_between(state, before, goal)
        if self.exactly is None:
            options = zip(before["accounts"], goal["accounts"], strict=True)
            pairs = zip(state["accounts"], options, strict=True)
            return all(entry in either for entry, either in pairs)
        now, old, new = (set(each["holders"]) for each in (state, before, goal))
        return state["accounts"] == before["accounts"] and old & new <= now <= old | new

    def is_held(self, state: State, before: State, goal: State) -> bool:
        """Return True if each account that got or lost the right is as in the goal."""
        if state is None or before is None or goal is None:
            return super().is_held(state, before, goal)
        if self.exactly is None:
            each = zip(state["accounts"], before["accounts"], goal["accounts"], strict=True)
            return all(new in (now, old) for now, old, new in each)
        now, old, new = (set(each["holders"]) for each in (state, before, goal))
        return not (now ^ new) & (old ^ new)

    def claims(self) -> Mapping[str, Any]:
        """One an account; with `exactly` also who else may hold it: nobody."""
        right = f"user_right {self.right}".casefold()
        held = {f"{right} {account}".casefold(): self.held for account in self._named}
        if self.exactly is None:
            return held
        return {f"{right} exactly": sorted(name.casefold() for name in self.exactly), **held}

    def wants(self, goal: State) -> Wants | None:
        """Return by SID who has to hold the right; with `exactly` nobody else."""
        if goal is None:
            return None
        thing = f"user_right {self.right}".casefold()
        if self.exactly is not None:
            return Wants(thing, dict.fromkeys(goal["holders"], True), rest=False)
        held = {entry["sid"]: entry["held"] for entry in goal["accounts"] if entry["sid"]}
        return Wants(thing, held)

    def title(self) -> str:
        r"""`SeServiceLogonRight  CORP\svc`."""
        return f"{self.right}  {', '.join(self._named) or 'nobody'}"

    def unreadable(self, found: _Right) -> str | None:
        """The host does not know an account that should hold it, or did not say who does."""
        if [entry.account for entry in found.accounts] != list(self._named):
            return "the host answered for other accounts than those asked for"
        unknown = [entry.account for entry in found.accounts if entry.sid is None]
        if unknown and self.held:
            return unknown_account(", ".join(unknown))
        if self.exactly is not None and found.holders is None:
            return "the host did not say who holds the right"
        return None

    def state_of(self, found: _Right) -> State:
        """See the class."""
        if self.exactly is None:
            return {"accounts": [{"sid": e.sid, "held": e.held} for e in found.accounts]}
        sids = sorted({str(entry.sid) for entry in found.accounts})
        return {"accounts": sids, "holders": sorted(set(found.holders or ()))}

    def wanted(self, actual: State) -> State:
        """Held or not for each account; with `exactly` these accounts alone."""
        accounts = (actual or {}).get("accounts", [])
        if self.exactly is not None:
            return {"accounts": accounts, "holders": accounts}
        return {"accounts": [{"sid": entry["sid"], "held": self.held} for entry in accounts]}

    def desired(self, state: State) -> State:
        """Return the state without the accounts' names: Set works by SID."""
        if state is None or self.exactly is None:
            return state
        return {"holders": state["holders"]}

    def show(self, state: State) -> str:
        """`held`, `not held (S-1-...)`; with `exactly` the SIDs of all who hold it."""
        if state is None:
            return "absent"
        if self.exactly is not None:
            return f"held exactly by {_listed(state['holders']) or 'nobody'}"
        if len({entry["held"] for entry in state["accounts"]}) == 1:
            return "held" if state["accounts"][0]["held"] else "not held"
        pairs = zip(self._named, state["accounts"], strict=True)
        return ", ".join(f"{n} {'holds' if e['held'] else 'does not hold'}" for n, e in pairs)

    def notes(self, answer: Answer) -> tuple[str, ...]:
        """Orphans, group policy, who is denied, and who would lose the right."""
        right: _Right = self.answered(answer)
        notes = []
        if right.orphans:
            notes.append(f"held by SIDs without a name on this host: {_listed(right.orphans)}")
        if right.unasked:
            unasked = _listed(right.unasked)
            notes.append(f"not known whether these holders have a name on this host: {unasked}")
        if right.policy and right.policy.unknown is not None:
            notes.append(
                f"group policy unknown ({right.policy.unknown}): it may take the change back"
            )
        if right.denied:
            notes.append(_denial(right.denied))
        if self.exactly is not None:
            named = {entry.sid for entry in right.accounts}
            losing = [sid for sid in right.holders or [] if sid not in named]
            if losing:
                notes.append(f"EXACTLY: these lose the right: {_listed(losing)}")
        return tuple(notes)

    def manual(self, answer: Answer, actual: State) -> str | None:
        """Return the manual action for a right that group policy decides: change the policy."""
        del actual
        policy = self.answered(answer).policy
        if policy is None or policy.unknown is not None:
            return None
        return f"group policy {policy.name!r} decides this right: change it there"


def _denial(denied: _Denial) -> str:
    """Who is denied, and where to change that."""
    names = [f"{sid} ({_KNOWN[sid]})" if sid in _KNOWN else sid for sid in denied.holders]
    owner = ""
    if denied.osconfig:
        owner = (
            "; where OSConfig has set it, change it there (UserRightsDenyLogOnAsService of the "
            "security baseline), or it comes back"
        )
    elif denied.mdm:
        owner = "; a policy of MDM decides it (UserRights/DenyLogOnAsService): change it there"
    return (
        f"SeDenyServiceLogonRight takes precedence, and is held by {_listed(names)}: an account "
        f"that is one of these, or in one of them, is denied{owner}"
    )


def _listed(sids: Sequence[str]) -> str:
    return in_short(", ".join(sids), f"{len(sids)} accounts", longest=_MOST_HOLDERS)
