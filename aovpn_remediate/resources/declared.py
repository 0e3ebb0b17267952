"""A kind that is declared: its parts are named, and what is usual of them is done here.

```python
class _Clock(HostAnswer):
    minutes: int
    chimes: bool


class ToyClock(DeclaredResource):
    kind = "toy_clock"
    summary = "a clock: how many minutes it is fast, and its chimes"
    target_fields = ("name",)
    title_text = "clock {name}"
    answer = _Clock
    example: ClassVar[Mapping[str, Any]] = {"name": "Hall", "minutes": 0}
    rules = (some_of("minutes", "chimes"),)

    name: str
    minutes: int | None = None
    chimes: bool | None = None
```

Whatever of `Resource` a kind has more to say about, it overrides.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from aovpn_remediate.errors import Unreadable
from aovpn_remediate.resources.base import Answer, Resource, State, checked

Told = Annotated[str, Field(max_length=300)]
"""A text of a host, which may send anything."""


class HostAnswer(BaseModel):
    """The answer of Get, or a part of it; any other answer makes a state unreadable."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class DeclaredResource(Resource):
    """A kind whose state is made of fields of its answer: those that a step gives, and `watched`.

    `title_text` and `manual_text` may name fields: `{name}`.
    """

    answer: ClassVar[Any]
    """The type of what Get answers: a `HostAnswer`, or None as well where a thing may be absent."""
    title_text: ClassVar[str]
    """The name of the thing, as a text to show."""
    watched: ClassVar[tuple[str, ...]] = ()
    """Fields of the answer that belong to the state although a step does not give them."""
    independent: ClassVar[bool] = False
    """True if each field of a state is a setting of its own, which several steps may share."""
    untold: ClassVar[str] = "the host did not say all that was asked"
    """The reason why a state is unreadable in which a field has no value."""
    manual_text: ClassVar[str] = ""
    """The manual action, where Set never can do it."""

    def given(self) -> dict[str, Any]:
        """The fields that say how the thing must be, as far as they are given."""
        targets = set(self.target_fields)
        return self.model_dump(mode="json", exclude=targets, exclude_none=True)

    def target(self) -> dict[str, Any]:
        """The target's fields, as parameters."""
        return {_parameter(name): getattr(self, name) for name in self.target_fields}

    def title(self) -> str:
        """Return the title, made of `title_text`."""
        return self.title_text.format_map(vars(self))

    def normalise(self, answer: Answer) -> State:
        """None for absent. Raises `Unreadable`."""
        found = self.answered(answer)
        if found is None:
            return None
        if reason := self.unreadable(found):
            raise Unreadable(reason)
        return self.state_of(found)

    def answered(self, answer: Answer) -> Any:
        """A host's answer as `answer` has it. Raises `Unreadable` for any other."""
        return checked(_adapter(type(self)), answer)

    def unreadable(self, found: Any) -> str | None:
        """Return the reason for which an answer has no state; None where it has one."""
        return self.untold if any(getattr(found, name) is None for name in self.given()) else None

    def state_of(self, found: Any) -> State:
        """Return the state in an answer."""
        whole = found.model_dump()
        return {name: whole[name] for name in (*self.given(), *self.watched)}

    def wanted(self, actual: State) -> State:
        """Return the actual state with the declared fields."""
        return {**(actual or {}), **self.given()}

    def is_between(self, state: State, before: State, goal: State) -> bool:
        """Return True if each field is as before or as the goal, where they are independent."""
        if not self.independent or state is None or before is None or goal is None:
            return super().is_between(state, before, goal)
        return all(state[name] in (before[name], goal[name]) for name in state)

    def is_held(self, state: State, before: State, goal: State) -> bool:
        """Return True if each field that was changed is as the goal, where they are independent."""
        if not self.independent or state is None or before is None or goal is None:
            return super().is_held(state, before, goal)
        return all(goal[name] in (state[name], before[name]) for name in goal)

    def desired(self, state: State) -> State:
        """The fields that are given: what is only watched cannot be put back."""
        return None if state is None else {name: state[name] for name in self.given()}

    def show(self, state: State) -> str:
        """`minutes 3, chimes true`, or `absent`."""
        if state is None:
            return "absent"
        return ", ".join(f"{name} {_word(state[name])}" for name in self.given())

    def manual(self, answer: Answer, actual: State) -> str | None:
        """Return the manual action, made of `manual_text`."""
        del answer, actual
        return self.manual_text.format_map(vars(self)) or None


def unknown_account(accounts: str) -> str:
    """The reason why nothing can be told of accounts."""
    return (
        f"the host does not know the account {accounts}: check its spelling, and that a domain "
        "controller can be reached"
    )


@cache
def _adapter(kind: type[DeclaredResource]) -> TypeAdapter[Any]:
    return TypeAdapter(kind.answer)


def _parameter(field: str) -> str:
    return "".join(part.capitalize() for part in field.split("_"))


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
