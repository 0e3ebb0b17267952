"""Syntax trees of the shipped PowerShell files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

from aovpn_remediate.assets import asset_dir

_PARSER = Parser(Language(tree_sitter_powershell.language()))
TEMPLATES = asset_dir("templates")
FILES = sorted(TEMPLATES.rglob("*.ps1"))


def walk(node: Node) -> Iterator[Node]:
    """Yield the node and all nodes below it in text order."""
    yield node
    for child in node.children:
        yield from walk(child)


def text_of(node: Node) -> str:
    """Return the text of a node."""
    return (node.text or b"").decode("ascii")


def tree(text: str) -> Node:
    """Parse a text and return the root of its tree."""
    return _PARSER.parse(text.encode()).root_node


def faults(node: Node) -> list[str]:
    """Return the syntax errors below a node with their lines."""
    return [
        f"line {found.start_point.row + 1}: {text_of(found)[:60]!r}"
        for found in walk(node)
        if found.is_error or found.is_missing
    ]


@dataclass(frozen=True)
class Parameter:
    """A parameter: its name without `$`, and its attributes in lower case."""

    name: str
    attributes: frozenset[str]


@dataclass(frozen=True)
class Function:
    """A function of a script."""

    name: str
    node: Node
    attributes: frozenset[str]
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True)
class Command:
    """A call of a command: its name, line, and parameters in lower case without the dash."""

    name: str
    line: int
    parameters: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Script:
    """A shipped script and its tree."""

    path: Path
    text: str
    root: Node

    @property
    def name(self) -> str:
        """The path below the templates, such as `kinds/service.ps1`."""
        return self.path.relative_to(TEMPLATES).as_posix()

    @property
    def functions(self) -> dict[str, Function]:
        """The functions of the script by name."""
        nodes = (node for node in walk(self.root) if node.type == "function_statement")
        return {function.name: function for function in map(_function, nodes)}

    @property
    def commands(self) -> list[Command]:
        """All calls of commands by name."""
        found = []
        for node in walk(self.root):
            if node.type == "command":
                names = [c for c in node.children if c.type == "command_name"]
                found += [_command(text_of(name), node) for name in names]
        return found

    @property
    def code(self) -> str:
        """The text of the script without comments."""
        code = self.text.encode("ascii")
        comments = [node for node in walk(self.root) if node.type == "comment"]
        for comment in reversed(comments):
            code = code[: comment.start_byte] + code[comment.end_byte :]
        return code.decode("ascii")


def read(path: Path) -> Script:
    """Read a shipped script. Raises `UnicodeDecodeError` if it is not ASCII."""
    text = path.read_bytes().decode("ascii")
    return Script(path, text, tree(text))


def _child(node: Node, *types: str) -> Node | None:
    for kind in types:
        found = next((child for child in node.children if child.type == kind), None)
        if found is None:
            return None
        node = found
    return node


def _attributes(node: Node | None) -> frozenset[str]:
    if node is None:
        return frozenset()
    names = [re.sub(r"\s", "", text_of(child)) for child in node.children]
    return frozenset(name[1:-1].lower() for name in names)


def _function(node: Node) -> Function:
    name = _child(node, "function_name")
    block = _child(node, "script_block", "param_block")
    parameters = _child(block, "parameter_list") if block else None
    return Function(
        name=text_of(name) if name else "",
        node=node,
        attributes=_attributes(_child(block, "attribute_list") if block else None),
        parameters=tuple(
            Parameter(_variable(one), _attributes(_child(one, "attribute_list")))
            for one in (parameters.children if parameters else [])
            if one.type == "script_parameter"
        ),
    )


def _variable(parameter: Node) -> str:
    found = _child(parameter, "variable")
    return text_of(found)[1:] if found else ""


def _command(name: str, node: Node) -> Command:
    elements = _child(node, "command_elements")
    parameters = [
        text_of(child)[1:].lower()
        for child in (elements.children if elements else [])
        if child.type == "command_parameter"
    ]
    return Command(name, node.start_point.row + 1, frozenset(parameters))
