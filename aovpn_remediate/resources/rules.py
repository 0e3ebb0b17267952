"""Rules about the fields of a kind. Each is said once: it refuses, and it becomes JSON Schema.

`Fits` is about one field and stands in its annotation; the others are about several and stand in
the `rules` of the kind. The schema of these is made in `schemas/kinds.py`: in a playbook a value
may also be an expression, of which nothing is known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter, ValidationError
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

MISFIT = "misfit"
"""The type of the error of a field that does not fit another field.

Its context has the `field`, the `value` that does not fit, the place of the `item` that it is, if
it is one, and the type of JSON Schema that is `wanted`.
"""


@dataclass(frozen=True, eq=False)
class Fits:
    """A condition on a value beyond its type, and `schema`, as far as JSON Schema has it."""

    holds: Callable[[Any], bool]
    why: str
    schema: Mapping[str, Any]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(core), **self.schema}

    def _checked(self, value: Any) -> Any:
        if not self.holds(value):
            raise ValueError(self.why)
        return value


def matches(pattern: str, why: str) -> Fits:
    """A text that is wholly of this form, which means the same to Python and to JavaScript."""
    form = re.compile(pattern)
    return Fits(lambda text: form.fullmatch(text) is not None, why, {"pattern": f"^{pattern}$"})


SHORT_TEXT = matches(
    r"[^\x00-\x1f]{1,200}", "should be a text of 1 to 200 characters, without line ends"
)

ONE_LINE = matches(
    r"(?=.*\S)[^\u0000-\u001f\u007f-\u009f\u2028\u2029]+",
    "should be a few words on one line",
)
"""The name of a thing as people have given it."""

ACCOUNT = matches(
    r"(?![.]\\|[*])[\s\S]*\S[\s\S]*", r"should be DOMAIN\name, a local name alone, or a SID"
)
r"""An account or a group: .NET knows no `.\name`."""


@dataclass(frozen=True)
class SomeOf:
    """One or more of these fields are given."""

    names: tuple[str, ...]
    why: str

    def check(self, fields: Any) -> None:
        """Raise `ValueError` unless the fields keep the rule."""
        if not any(_given(fields, name) for name in self.names):
            raise ValueError(self.why)


@dataclass(frozen=True)
class OneOf:
    """Fields of exactly one of these groups are given."""

    groups: tuple[tuple[str, ...], ...]
    why: str

    def check(self, fields: Any) -> None:
        """Raise `ValueError` unless the fields keep the rule."""
        if sum(any(_given(fields, name) for name in names) for names in self.groups) != 1:
            raise ValueError(self.why)


@dataclass(frozen=True)
class Without:
    """Where a field has one of these values, others are not given."""

    field: str
    values: tuple[Any, ...]
    names: tuple[str, ...]
    why: str

    def check(self, fields: Any) -> None:
        """Raise `ValueError` unless the fields keep the rule."""
        if getattr(fields, self.field) not in self.values:
            return
        if any(_given(fields, name) for name in self.names):
            raise ValueError(self.why)


@dataclass(frozen=True)
class Where:
    """Where a field has this value, others are of this type, if they are given."""

    field: str
    value: Any
    names: tuple[str, ...]
    type: TypeAdapter[Any]
    why: str

    def check(self, fields: Any) -> None:
        """Raise an error of the type `MISFIT` for the first field that does not fit."""
        if getattr(fields, self.field) != self.value:
            return
        for name in self.names:
            value = getattr(fields, name)
            if value is not None and (found := self._misfit(value)) is not None:
                context = {"field": name, "wanted": self._wanted, **found}
                raise PydanticCustomError(MISFIT, "{why}", {**context, "why": self.why})

    @property
    def _wanted(self) -> str:
        """The type of JSON Schema that the fields have to have."""
        return str(self.type.json_schema().get("type", ""))

    def _misfit(self, value: Any) -> dict[str, Any] | None:
        """Return the value or the item of it that does not fit, with the item's place."""
        try:
            self.type.validate_python(value, strict=True)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = first["loc"][0] if first["loc"] else None
            return {"value": first["input"], "item": place if isinstance(place, int) else None}
        return None


Rule = SomeOf | OneOf | Without | Where


def some_of(*names: str, why: str = "") -> SomeOf:
    """One or more of these fields are given."""
    return SomeOf(names, why or f"give one or more of: {', '.join(names)}")


def one_of(*groups: str | tuple[str, ...], why: str = "") -> OneOf:
    """Exactly one of these fields is given; a group stands for one where several go together."""
    named = tuple((group,) if isinstance(group, str) else group for group in groups)
    return OneOf(named, why or f"give {' or '.join('/'.join(names) for names in named)}")


def without(field: str, values: Any, *names: str, why: str) -> Without:
    """Where a field has this value, or one of a tuple of them, the others are not given."""
    return Without(field, values if isinstance(values, tuple) else (values,), names, why)


def where(field: str, value: Any, *names: str, is_: Any, why: str) -> Where:
    """Where a field has this value, the others are of a type, if they are given."""
    return Where(field, value, names, TypeAdapter(is_), why)


def any_case(word: str) -> str:
    """A pattern for a word in capital or small letters."""
    return "".join(f"[{c.upper()}{c.lower()}]" if c.isalpha() else c for c in word)


def _given(fields: Any, name: str) -> bool:
    return getattr(fields, name) is not None
