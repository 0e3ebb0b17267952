"""The contract of a kind of setting: what it means, in pure functions.

An *answer* is what Get-Aovpn<Kind> wrote on the host, parsed from JSON. A *state* is what a person
would write of it: a mapping, or None for absent. There is no test and no undo: a step differs when
its state is not the same as the wanted one, and undo is Set with the state before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from aovpn_remediate.errors import Unreadable, first_problem
from aovpn_remediate.resources.backups import Backup
from aovpn_remediate.resources.restart import NOTHING, Restart
from aovpn_remediate.resources.rules import Rule

T = TypeVar("T")
Answer = Any
State = Mapping[str, Any] | None

Texts = Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
"""A list of texts in YAML."""

ServiceName = Annotated[str, Field(pattern=r"^[^\\/\x00*?\[\]\"]{1,256}$")]
"""The short name of a service."""


@dataclass(frozen=True)
class Wants:
    """What a goal asks of the parts of one thing, by what they really are: SIDs, not names."""

    thing: str
    of: Mapping[str, Any]
    rest: Any = None
    """What it asks of every part that is not named; None: nothing."""


class Resource(BaseModel):
    """The declaration of a step or a check of one kind; its fields are those of the playbook.

    A subclass that has nothing special to say about a function leaves it as it stands here.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: ClassVar[str]
    """The name in all three rooms: `registry_value`, Get-AovpnRegistryValue."""
    summary: ClassVar[str]
    """One line for `kinds`."""
    example: ClassVar[Mapping[str, Any]]
    """The fields of one, as a playbook may have them: for people, editors and tests."""
    target_fields: ClassVar[tuple[str, ...]] = ()
    """The fields that say which thing; the others say how it must be."""
    verbatim: ClassVar[tuple[str, ...]] = ()
    """The fields that are code: no expression in them is evaluated, and none is allowed."""
    rules: ClassVar[tuple[Rule, ...]] = ()
    """The rules between several fields."""
    scripts: ClassVar[tuple[str, ...]] = ()
    """The files of `templates/` that are sent with its own, which calls functions of them."""
    may_restart: ClassVar[tuple[str, ...]] = ()
    """The services that a consequence may restart: their facts are read with the steps."""
    stopped_by_set: ClassVar[tuple[str, ...]] = ()
    """The services that Set itself stops and starts again: it may not without leave for that."""
    may_reboot: ClassVar[bool] = False
    """True if a consequence may be a reboot."""
    read_only: ClassVar[bool] = False
    """True for a check; as a step it needs a manual action."""
    high_impact: ClassVar[str] = ""
    """What a change concerns beyond the host, if a run may only set it when told so."""
    constrained_language: ClassVar[bool] = False
    """True if its functions run in constrained language mode (WDAC, AppLocker)."""

    @model_validator(mode="after")
    def _keeps_to_the_rules(self) -> Self:
        for rule in self.rules:
            rule.check(self)
        return self

    @property
    def backup(self) -> Backup | None:
        """The backup that a run takes before it sets this, unless it is told not to."""
        return None

    @property
    def function(self) -> str:
        """The name of the PowerShell functions behind Get- and Set-."""
        return "Aovpn" + "".join(part.capitalize() for part in self.kind.split("_"))

    def target(self) -> dict[str, Any]:
        """Return the thing: the parameters of Get and Set."""
        raise NotImplementedError

    def title(self) -> str:
        """The name of the thing, as a text to show."""
        raise NotImplementedError

    def thing(self) -> str:
        """Return one text for one thing, however it is written; Windows ignores case."""
        return fold(json.dumps([self.kind, self.target()], sort_keys=True, ensure_ascii=False))

    def claims(self) -> Mapping[str, Any]:
        """Return the claims on things: two steps that claim one thing differently contradict."""
        return {self.thing(): self.model_dump(exclude=set(self.target_fields))}

    def wants(self, goal: State) -> Wants | None:
        """Return what the goal asks of parts that the host has resolved; None where it has none."""
        del goal
        return None

    def joined(self, other: Self) -> Self | None:
        """Return the declaration that asks for both, of one thing; None where they contradict."""
        return self if self.claims() == other.claims() else None

    def normalise(self, answer: Answer) -> State:
        """Return the answer of Windows as the state that a person would write.

        Raises `Unreadable` where the answer does not tell.
        """
        raise NotImplementedError

    def wanted(self, actual: State) -> State:
        """The whole state to be set, made from the actual one by the rule declared."""
        raise NotImplementedError

    def same(self, one: State, other: State) -> bool:
        """Return True if two states are the same to Windows."""
        return one == other

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the answer that the state is made of; empty for the whole answer.

        A Set goes on where the other parts have changed meanwhile.
        """
        return ()

    def is_between(self, state: State, before: State, goal: State) -> bool:
        """Return True if a part of a change is made and the rest is not, by another step of it."""
        return self.same(state, before) or self.same(state, goal)

    def is_held(self, state: State, before: State, goal: State) -> bool:
        """Return True if all that a change to the goal has set is still there.

        What was as the goal before is not of this change: another step may have set it since.
        """
        del before
        return self.same(state, goal)

    def restored(self, state: State, before: State) -> bool:
        """Return True if a rollback to the state before has nothing to do."""
        return self.same(state, before)

    def desired(self, state: State) -> State:
        """A state as Set takes it; `normalise` the other way round."""
        return state

    def show(self, state: State) -> str:
        """A state in a few words."""
        raise NotImplementedError

    def notes(self, answer: Answer) -> tuple[str, ...]:
        """Return remarks on the state, such as accounts that no longer exist."""
        del answer
        return ()

    def manual(self, answer: Answer, actual: State) -> str | None:
        """Return the manual action that compliance needs, and why; None where Set can do it."""
        del answer, actual
        return None

    def is_cured_by(self, restart: Restart, answer: Answer) -> bool:
        """Return True where nothing has to be set: this restart alone brings compliance.

        A step of a kind without Set that declares the restart is then a change like others.
        """
        del restart, answer
        return False

    def consequence(self, answer: Answer, before: State, after: State) -> Restart:
        """Return the restart that a change needs beyond the declared one."""
        del answer, before, after
        return NOTHING


def fold(text: str) -> str:
    """A name for comparing, as Windows compares names: letter by letter, in upper case."""
    return "".join(up if len(up := letter.upper()) == 1 else letter for letter in text)


def checked(adapter: TypeAdapter[T], answer: Answer) -> T:
    """A host's answer, validated; whatever else it sent makes the state unreadable."""
    try:
        return adapter.validate_python(answer)
    except ValidationError as error:
        words = ": ".join(first_problem(error))
        raise Unreadable(f"the host answered something else: {words}") from None
