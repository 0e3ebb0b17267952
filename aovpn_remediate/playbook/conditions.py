"""Conditions and comparisons of expressions: a text is no condition, and no number.

Jinja would take every text for true, also 'false', and the text '5' for unequal to the number 5.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from aovpn_remediate.playbook.words import describe, given_as

_CONDITION, _COMPARE = "a condition", "a comparison"
"""The names of the filters below: none that an expression can have."""
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "gteq": operator.ge,
    "lt": operator.lt,
    "lteq": operator.le,
    "in": lambda one, other: one in other,
    "notin": lambda one, other: one not in other,
}
_TESTS: Mapping[str, str] = {
    **dict.fromkeys(("==", "eq", "equalto", "sameas"), "eq"),
    **dict.fromkeys(("!=", "ne"), "ne"),
    **dict.fromkeys((">", "gt", "greaterthan"), "gt"),
    **dict.fromkeys((">=", "ge"), "gteq"),
    **dict.fromkeys(("<", "lt", "lessthan"), "lt"),
    **dict.fromkeys(("<=", "le"), "lteq"),
    "in": "in",
}
"""Jinja's tests that compare, as operators."""

_CONDITIONS: Mapping[type[nodes.Node], str] = {
    nodes.CondExpr: "test",
    nodes.Not: "node",
    nodes.And: "left",
    nodes.Or: "left",
}
"""Where the condition of a node is: the other operand of and, or may be the value."""


class Checked(NodeTransformer):
    """Each condition and each comparison as a call of the filters below."""

    def generic_visit(self, node: nodes.Node, *args: Any, **more: Any) -> nodes.Node:
        """Check the condition of a node, if it has one, after those inside it."""
        checked = super().generic_visit(node, *args, **more)
        if field := _CONDITIONS.get(type(node)):
            setattr(node, field, _condition(getattr(node, field)))
        return checked

    def visit_Compare(self, node: nodes.Compare) -> nodes.Filter:  # noqa: N802 - Jinja's names
        """Check every pair of operands."""
        names = tuple(_name(part) for part in (node.expr, *(op.expr for op in node.ops)))
        self.generic_visit(node)
        operators = nodes.Const(tuple(op.op for op in node.ops))
        operands = nodes.List([op.expr for op in node.ops])
        return _filter(node.expr, _COMPARE, operators, operands, nodes.Const(names))

    def visit_Test(self, node: nodes.Test) -> nodes.Expr:  # noqa: N802
        """Check what is asked to be true or false, and a comparison that is written as a test."""
        name = _name(node.node)
        self.generic_visit(node)
        if node.name in ("true", "false"):
            node.node = _condition(node.node)
        if (word := _TESTS.get(node.name)) is None or not node.args:
            return node
        names, operands = (name, _name(node.args[0])), nodes.List([node.args[0]])
        return _filter(node.node, _COMPARE, nodes.Const((word,)), operands, nodes.Const(names))


def _condition(node: nodes.Expr) -> nodes.Filter:
    return _filter(node, _CONDITION, nodes.Const(_name(node)))


def _filter(node: nodes.Expr, name: str, *arguments: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, name, list(arguments), [], None, None, lineno=node.lineno)


def _name(node: nodes.Expr) -> str | None:
    return node.name if isinstance(node, nodes.Name) else None


def _refuse_text(value: Any, name: str | None) -> Any:
    if not isinstance(value, str):
        return value
    give = given_as(value, name) or f"compare it, such as {name or '...'} == 'text'"
    raise ValueError(f"{_named(value, name)} is no condition: {give}")


def _compare(
    value: Any, operators: Sequence[str], operands: Sequence[Any], names: Sequence[str | None]
) -> bool:
    before, name = value, names[0]
    for word, operand, its_name in zip(operators, operands, names[1:], strict=True):
        if word not in ("in", "notin"):
            _refuse_text_and_number((before, name), (operand, its_name))
        elif isinstance(operand, list) and operand:
            _refuse_never_in(before, name, operand)
        if not _OPERATORS[word](before, operand):
            return False
        before, name = operand, its_name
    return True


def _refuse_never_in(value: Any, name: str | None, items: list[Any]) -> None:
    """Refuse a text that is looked for among numbers, and a number among texts."""
    for sort in (str, bool | int | float):
        if all(isinstance(item, sort) for item in items):
            _refuse_text_and_number((value, name), (items[0], None))


def _refuse_text_and_number(*sides: tuple[Any, str | None]) -> None:
    texts = [side for side in sides if isinstance(side[0], str)]
    numbers = [value for value, _ in sides if isinstance(value, bool | int | float)]
    if not texts or not numbers:
        return
    [(text, name)] = texts
    give = given_as(text, name) or "compare it with another text"
    raise ValueError(f"{_named(text, name)} is never compared with {describe(numbers[0])}: {give}")


def _named(value: Any, name: str | None) -> str:
    return f"{name} is {describe(value)}, which" if name else describe(value)


FILTERS: Mapping[str, Callable[..., Any]] = {_CONDITION: _refuse_text, _COMPARE: _compare}
