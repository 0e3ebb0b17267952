"""Values with expressions in them, compiled once and evaluated for each set of variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aovpn_remediate.playbook.expressions import Expression, ExpressionError, compile_text
from aovpn_remediate.playbook.words import Finding, Place

Compiled = Any
"""Plain data with an `Expression` where a text has expressions in it."""


def compiled(value: Any, place: Place, findings: list[Finding]) -> Compiled:
    """A value with its expressions compiled; what is wrong with them is added to the findings."""
    if isinstance(value, dict):
        findings += [
            ((*place, key), "an expression cannot be a key") for key in value if "{{" in key
        ]
        return {key: compiled(part, (*place, key), findings) for key, part in value.items()}
    if isinstance(value, list):
        return [compiled(part, (*place, n), findings) for n, part in enumerate(value)]
    if isinstance(value, str):
        try:
            return compile_text(value) or value
        except ExpressionError as error:
            findings.append((place, str(error)))
    return value


def evaluated(
    value: Compiled, variables: Mapping[str, Any], place: Place, findings: list[Finding]
) -> Any:
    """Plain data; what cannot be evaluated is added to the findings and left as it is."""
    if isinstance(value, dict):
        return {k: evaluated(v, variables, (*place, k), findings) for k, v in value.items()}
    if isinstance(value, list):
        return [evaluated(v, variables, (*place, n), findings) for n, v in enumerate(value)]
    if isinstance(value, Expression):
        try:
            return value.evaluate(variables)
        except ExpressionError as error:
            findings.append((place, str(error)))
    return value


def expressions(value: Compiled, place: Place = ()) -> Iterator[tuple[Place, Expression]]:
    """Every expression in a value, and where it is."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from expressions(part, (*place, key))
    elif isinstance(value, list):
        for position, part in enumerate(value):
            yield from expressions(part, (*place, position))
    elif isinstance(value, Expression):
        yield place, value


def without_expressions(value: Any, place: Place, findings: list[Finding]) -> None:
    """Adds to the findings each text with an expression in it, where none has a meaning."""
    if isinstance(value, dict):
        for key, part in value.items():
            without_expressions(key, (*place, key), findings)
            without_expressions(part, (*place, key), findings)
    elif isinstance(value, list):
        for position, part in enumerate(value):
            without_expressions(part, (*place, position), findings)
    elif isinstance(value, str) and "{{" in value:
        findings.append((place, "an expression cannot stand here, only in steps and checks"))
