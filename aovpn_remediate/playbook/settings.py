"""The steps and checks of a playbook, as far as they are known without the variables."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aovpn_remediate.playbook.explain import check
from aovpn_remediate.playbook.expressions import Expression
from aovpn_remediate.playbook.plain import in_text
from aovpn_remediate.playbook.schema import StepHeader
from aovpn_remediate.playbook.values import (
    Compiled,
    compiled,
    evaluated,
    expressions,
    without_expressions,
)
from aovpn_remediate.playbook.words import Finding, Place, describe, did_you_mean
from aovpn_remediate.resources.base import Resource

Kinds = Mapping[str, type[Resource]]
_HEADER = ("id", "each", "then", "manual")
_HASH_LENGTH = 8
_NO_EXPRESSION = (
    "expressions are not evaluated in code: give the value in `values: {x: '{{ x }}'}`, where the "
    "code reads $Values.x (for two braces write { {)"
)
_LISTED = " (see `aovpn-remediate kinds`)"


@dataclass(frozen=True)
class Setting:
    """A kind with its fields, in which expressions are compiled."""

    kind: type[Resource]
    fields: Compiled
    place: Place

    def needs(self) -> frozenset[str]:
        """Return the variables that the expressions need."""
        return frozenset(
            name for _, expression in expressions(self.fields) for name in expression.names
        )

    def resource(self, variables: Mapping[str, Any], findings: list[Finding]) -> Resource | None:
        """Resolve the fields; return None if something is wrong, and add it to the findings."""
        wrong: list[Finding] = []
        values = evaluated(self.fields, variables, self.place, wrong)
        made = None
        if not wrong:
            made, refused = check(self.kind, values, self._source)
            wrong = [((*self.place, *at), what) for at, what in refused]
        findings += wrong
        return made

    def _source(self, place: Place) -> Expression | None:
        """Return the expression that produced the value at a place."""
        found = expressions(self.fields)
        return next((expression for at, expression in found if place[: len(at)] == at), None)


@dataclass(frozen=True)
class StepTemplate:
    """A step before `each` is expanded."""

    header: StepHeader
    each: Compiled
    """The list of items; None for a single step."""
    setting: Setting
    place: Place

    def needs(self) -> frozenset[str]:
        """Return the variables that the expressions need, except `item`."""
        inner = self.setting.needs() - ({"item"} if self.each is not None else set())
        return inner.union(*(found.names for _, found in expressions(self.each)))

    def expand(
        self, variables: Mapping[str, Any], findings: list[Finding]
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the id and the variables of each step that this one expands to."""
        if self.each is None:
            yield self.header.id, variables
            return
        wrong: list[Finding] = []
        place = (*self.place, "each")
        items = evaluated(self.each, variables, place, wrong)
        if not wrong and not isinstance(items, list):
            wrong.append((place, f"should be a list, but is {describe(items)}"))
        texts = [] if wrong else _item_texts(items, place, wrong)
        findings += wrong
        for item, suffix in zip(items, _suffixes(texts), strict=True) if not wrong else ():
            yield f"{self.header.id}-{suffix}", {**variables, "item": item}


def _item_texts(items: list[Any], place: Place, wrong: list[Finding]) -> list[str]:
    texts = []
    for item in items:
        try:
            texts.append(in_text(item))
        except ValueError as error:
            wrong.append((place, f"an item should be text or a number: {error}"))
    return texts


def _suffixes(texts: Sequence[str]) -> list[str]:
    """Return the end of an id for each item.

    Items that have no letter of an id, or the same ones as another item, are told apart by a hash:
    it stays as it is when other items come and go.
    """
    slugs = {text: re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-") for text in texts}
    users = Counter(slugs.values())
    return [
        slug if (slug := slugs[text]) and users[slug] == 1 else _hashed(slug, text)
        for text in texts
    ]


def _hashed(slug: str, text: str) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]
    return f"{slug}-{digest}".lstrip("-")


def read_setting(
    fields: Mapping[str, Any], place: Place, kinds: Kinds, findings: list[Finding]
) -> Setting | None:
    """Read the setting of a mapping that should have one kind and nothing else."""
    known = [name for name in fields if name in kinds]
    unknown = [name for name in fields if name not in kinds]
    if len(known) == 1:
        findings += [((*place, name), _unknown(name)) for name in unknown]
        return _read_fields(known[0], fields[known[0]], place, kinds, findings)
    if known:
        findings.append((place, f"should have one kind, but has {' and '.join(known)}"))
    elif unknown:
        findings += [
            ((*place, name), f"unknown kind{did_you_mean(name, (*kinds, *_HEADER)) or _LISTED}")
            for name in unknown
        ]
    else:
        findings.append((place, f"has no kind{_LISTED}"))
    return None


def _unknown(name: str) -> str:
    # A step's own fields are removed before this point: these belong to a check.
    if name in _HEADER:
        return f"a check cannot have the field {name}"
    return f"unknown field{did_you_mean(name, _HEADER)}"


def _read_fields(
    kind: str, fields: Any, place: Place, kinds: Kinds, findings: list[Finding]
) -> Setting | None:
    place = (*place, kind)
    if not isinstance(fields, dict):
        findings.append((place, f"should be a mapping, but is {describe(fields)}"))
        return None
    wrong: list[Finding] = []
    code = {name: fields[name] for name in kinds[kind].verbatim if name in fields}
    wrong += [((*place, name), _NO_EXPRESSION) for name, text in code.items() if "{{" in str(text)]
    open_ = {name: value for name, value in fields.items() if name not in code}
    setting = Setting(kinds[kind], compiled(open_, place, wrong) | code, place)
    findings += wrong or _refused(setting, fields)
    return setting


def _refused(setting: Setting, fields: dict[str, Any]) -> Iterator[Finding]:
    """Find problems that do not depend on the values of expressions."""
    open_ = [place for place, _ in expressions(setting.fields)]
    _, refused = check(setting.kind, fields)
    for place, what in refused:
        if not any(place[: len(at)] == at or at[: len(place)] == place for at in open_):
            yield (*setting.place, *place), what


def read_step(
    step: Mapping[str, Any], place: Place, kinds: Kinds, findings: list[Finding]
) -> StepTemplate | None:
    """Read a step; return None if something is wrong, and add it to the findings."""
    wrong: list[Finding] = []
    named = {name: step[name] for name in ("id", "then", "manual") if name in step}
    header, refused = check(StepHeader, named)
    for name in ("then", "manual"):
        without_expressions(named.get(name), (name,), refused)
    wrong += [((*place, *at), what) for at, what in refused]
    each = _read_each(step["each"], (*place, "each"), wrong) if "each" in step else None
    rest = {name: value for name, value in step.items() if name not in _HEADER}
    setting = read_setting(rest, place, kinds, wrong)
    findings += wrong
    if header is None or setting is None or wrong:
        return None
    return StepTemplate(header, each, setting, place)


def _read_each(value: Any, place: Place, findings: list[Finding]) -> Compiled:
    wrong: list[Finding] = []
    each = compiled(value, place, wrong)
    if not wrong and not isinstance(each, list | Expression):
        wrong.append((place, f"should be a list, but is {describe(each)}"))
    findings += wrong
    return each
