"""Expressions in the values of a playbook: `{{ name }}`.

They are a small part of Jinja: variables and their items, operators, comparisons, `if`, the
filters of `FILTERS`, `range`. There are no statements, methods or attributes, no type is guessed,
and neither time nor size can grow without bound.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateError, Undefined, meta, nodes
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from aovpn_remediate.playbook.conditions import FILTERS as CONDITIONS
from aovpn_remediate.playbook.conditions import Checked
from aovpn_remediate.playbook.filters import FILTERS, MAX_ITEMS, bounded
from aovpn_remediate.playbook.plain import LARGEST, in_text, plain
from aovpn_remediate.playbook.words import describe, did_you_mean, given_as, quote

MAX_LENGTH = 1000

_TOKEN = re.compile(r"""'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+"|[\[({]|[\])}]""", re.DOTALL)
_ESCAPE = re.compile(r"""\\[\\'"nrtux]""")
_LITERAL_HINT = "for the literal text write {{ '%s' }}"


class ExpressionError(ValueError):
    """A problem of an expression, in one line."""


@dataclass(frozen=True)
class Expression:
    """A text with expressions in it, ready to be evaluated."""

    text: str
    names: frozenset[str]
    """The variables that the expressions need."""
    parts: tuple[str | Callable[[Mapping[str, Any]], Any], ...]

    @property
    def variable(self) -> str | None:
        """The variable that is the whole expression, if one is."""
        name = self.text.removeprefix("{{").removesuffix("}}").strip()
        return name if self.names == {name} else None

    def evaluate(self, variables: Mapping[str, Any]) -> Any:
        """Return the value: of any type if the text is a single expression, else text.

        Raises `ExpressionError`.
        """
        for name in sorted(self.names):
            if name not in variables:
                near = did_you_mean(name, variables)
                raise ExpressionError(f"the variable {name} is undefined{near}")
        try:
            values = [part if isinstance(part, str) else part(variables) for part in self.parts]
            return values[0] if len(values) == 1 else "".join(map(in_text, values))
        except ExpressionError:
            raise
        except ValueError as error:
            raise ExpressionError(f"{error}, in {quote(self.text)}") from None


@lru_cache(maxsize=4096)
def compile_text(text: str) -> Expression | None:
    """Compile a text that is or contains expressions; return None if there are none.

    Raises `ExpressionError`.
    """
    pieces = list(_split(text))
    if not any(found for _, found in pieces):
        return None
    names: set[str] = set()
    parts = tuple(_compile(piece, names) if found else piece for piece, found in pieces)
    return Expression(text, frozenset(names), parts)


def _split(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a text; True marks an expression, without its braces."""
    at = 0
    while (start := text.find("{{", at)) >= 0:
        if start > at:
            yield _without_statements(text[at:start]), False
        end = _end(text, start + 2)
        yield text[start + 2 : end], True
        at = end + 2
    if at < len(text):
        yield _without_statements(text[at:]), False


def _without_statements(text: str) -> str:
    for opening, what in (("{%", "statements"), ("{#", "comments")):
        if opening in text:
            hint = _LITERAL_HINT % opening
            raise ExpressionError(f"{what} ({opening}) are not supported, only {{{{ }}}}: {hint}")
    return text


def _end(text: str, start: int) -> int:
    """Return the position of the }} that ends an expression; not one in a string or mapping."""
    depth = 0
    for token in _TOKEN.finditer(text, start, start + MAX_LENGTH):
        if token.group() in "[({":
            depth += 1
        elif token.group() in "])}":
            if depth == 0 and text.startswith("}}", token.start()):
                return token.start()
            depth -= 1
    hint = _LITERAL_HINT % "{{"
    raise ExpressionError(f"{{{{ is not closed by }}}} within {MAX_LENGTH} characters: {hint}")


class _Missing(StrictUndefined):
    """An item that does not exist."""

    @property
    def _undefined_message(self) -> str:
        parts = self._undefined_obj if isinstance(self._undefined_obj, dict) else {}
        name = self._undefined_name
        near = did_you_mean(str(name), [part for part in parts if isinstance(part, str)])
        return f"{describe(self._undefined_obj)} has no item {name!r}{near}"


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja's environment without attributes, methods, and operators that can take long."""

    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%", "**"))

    def is_safe_callable(self, obj: Any) -> bool:
        return obj is _range

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        try:
            return obj[argument]
        except (TypeError, LookupError):
            return self.undefined(obj=obj, name=argument)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        del context
        match operator, left, right:
            case "+", str(), str():
                bounded(len(left) + len(right))
                return left + right
            case "+", list(), list():
                bounded(len(left) + len(right), MAX_ITEMS)
                return left + right
        if operator not in _ARITHMETIC or not {type(left), type(right)} <= {int, float}:
            raise ValueError(
                f"{operator} is not supported for {describe(left)} and {describe(right)}"
                f"{_as_number(left, right)}"
            )
        result = _ARITHMETIC[operator](left, right)
        if abs(result) > LARGEST:
            raise ValueError("the number is too large")
        return result


def _as_number(*values: Any) -> str:
    """Return how to give the one text among values as a number; empty for none and several."""
    texts = [value for value in values if isinstance(value, str)]
    give = given_as(texts[0], None) if len(texts) == 1 else None
    return f": {give}, or use the filter int" if give else ""


_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}


def _range(*bounds: Any) -> list[int]:
    for bound in bounds:
        if type(bound) is not int:
            raise ValueError(f"range needs whole numbers, not {describe(bound)}{_as_number(bound)}")
    numbers = range(*bounds)
    bounded(len(numbers), MAX_ITEMS)
    return list(numbers)


class _JoinForConcat(NodeTransformer):
    """`~` as the join filter: Jinja's own would put Python's notation of a list into the text."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802 - Jinja's names
        self.generic_visit(node)
        items = nodes.List(node.nodes, lineno=node.lineno)
        return nodes.Filter(items, "join", [], [], None, None, lineno=node.lineno)


_ENVIRONMENT = _Environment(undefined=_Missing, optimized=False, cache_size=0)
_ENVIRONMENT.filters.clear()
_ENVIRONMENT.filters.update(FILTERS)
_ENVIRONMENT.filters.update(CONDITIONS)
_ENVIRONMENT.globals.clear()
_ENVIRONMENT.globals["range"] = _range


def _compile(text: str, names: set[str]) -> Callable[[Mapping[str, Any]], Any]:
    """Compile one expression to a function, and add the variables that it needs to `names`."""
    _refuse_spelling(text)
    try:
        tree = _ENVIRONMENT.parse("{{" + text + "}}")
        _refuse_parts(tree)
        names |= meta.find_undeclared_variables(tree) - set(_ENVIRONMENT.globals)
        result = nodes.Assign(nodes.Name("result", "store"), _only(tree), lineno=1)
        template = _ENVIRONMENT.from_string(nodes.Template([result], lineno=1))
    except ExpressionError:
        raise
    except (TemplateError, ValueError) as error:
        what = f"invalid expression: {_in_short(error)}: {quote(text.strip())}"
        raise ExpressionError(what) from None
    except (SyntaxError, RecursionError, MemoryError):
        raise ExpressionError(
            f"the expression is nested too deeply: {quote(text.strip())}"
        ) from None

    def evaluate(variables: Mapping[str, Any]) -> Any:
        context = template.new_context(dict(variables))
        try:
            for _ in template.root_render_func(context):
                pass
            return _result(context.vars["result"])
        except (TemplateError, TypeError, ArithmeticError, LookupError, RecursionError) as error:
            raise ValueError(_in_short(error)) from None

    return evaluate


def _refuse_spelling(text: str) -> None:
    if text[:1] in ("-", "+") or text[-1:] in ("-", "+"):
        raise ExpressionError("{{- and -}} are not supported: put spaces inside the braces")
    if "\\" in _ESCAPE.sub("", text):
        raise ExpressionError(r"a backslash in an expression is written \\")


def _refuse_parts(tree: nodes.Template) -> None:
    """Refuse the parts of Jinja that expressions here do not have."""
    for constant in tree.find_all(nodes.Const):
        plain(constant.value)
    for call in tree.find_all(nodes.Call):
        if not isinstance(call.node, nodes.Name) or call.node.name != "range":
            raise ExpressionError("range is the only function that an expression can call")
    if any(choice.expr2 is None for choice in tree.find_all(nodes.CondExpr)):
        raise ExpressionError("an if needs an else")
    for used in tree.find_all(nodes.Filter):
        if used.name not in FILTERS:
            near = did_you_mean(used.name, FILTERS) or f" (known filters: {', '.join(FILTERS)})"
            raise ExpressionError(f"unknown filter {quote(used.name)}{near}")


def _only(tree: nodes.Template) -> nodes.Node:
    """Return the expression of a parsed text."""
    match tree.body:
        case [nodes.Output(nodes=[nodes.Expr() as expression])]:
            changed: nodes.Node = Checked().visit(_JoinForConcat().visit(expression))
            return changed
    raise ExpressionError("there should be one expression between {{ and }}")


def _result(value: Any) -> Any:
    if isinstance(value, Undefined):
        value._fail_with_undefined_error()  # noqa: SLF001 - Jinja has no public way to ask
    return plain(value)


def _in_short(error: Exception) -> str:
    if isinstance(error, TypeError):
        return "the types of the values do not match"
    text = getattr(error, "message", None) or str(error)
    return " ".join(text.split()).rstrip(".") or type(error).__name__
