"""Values that contain expressions: compiled once, evaluated for each set of variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aovpn_remediate.playbook.expressions import Expression, ExpressionError, compile_text
from aovpn_remediate.playbook.words import Finding, Place

Compiled = Any
"""Plain data in which each text with expressions is an `Expression`."""


def compiled(value: Any, place: Place, findings: list[Finding]) -> Compiled:
    """Compile the expressions of a value; problems are added to the findings."""
    if isinstance(value, dict):
        findings += [
            ((*place, key), "a key cannot be an expression") for key in value if "{{" in key
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
    """Evaluate a compiled value; what cannot be evaluated is kept and added to the findings."""
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
    """Yield every expression in a value, with its place."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from expressions(part, (*place, key))
    elif isinstance(value, list):
        for position, part in enumerate(value):
            yield from expressions(part, (*place, position))
    elif isinstance(value, Expression):
        yield place, value


def without_expressions(value: Any, place: Place, findings: list[Finding]) -> None:
    """Add each text with an expression to the findings: expressions are not allowed here."""
    if isinstance(value, dict):
        for key, part in value.items():
            without_expressions(key, (*place, key), findings)
            without_expressions(part, (*place, key), findings)
    elif isinstance(value, list):
        for position, part in enumerate(value):
            without_expressions(part, (*place, position), findings)
    elif isinstance(value, str) and "{{" in value:
        findings.append((place, "expressions are only allowed in steps and checks"))
