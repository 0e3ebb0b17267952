"""Help of `drift` and its verbs."""

from __future__ import annotations

import shlex

import click
import pytest

from aovpn_remediate.cli.commands.drift import drift
from aovpn_remediate.cli.program import Verb
from tests.cli.conftest import cli


@pytest.mark.parametrize("name", drift.commands)
def test_each_verb_has_help_with_an_example(name: str) -> None:
    shown = cli("drift", name, "--help")
    assert shown.exit_code == 0
    assert f"Example:\n  aovpn-remediate drift {name}" in shown.output
    [line] = [x for x in cli("drift", "--help").output.splitlines() if x.startswith(f"  {name} ")]
    assert line.endswith(".")
    assert not line.endswith("...")


@pytest.mark.parametrize(
    "example", [e for c in drift.commands.values() if isinstance(c, Verb) for e in c.examples]
)
def test_an_example_can_be_typed(example: str) -> None:
    program, group, name, *words = shlex.split(example.partition(" > ")[0])
    assert (program, group) == ("aovpn-remediate", "drift")
    with drift.commands[name].make_context(name, words) as context:
        assert isinstance(context, click.Context)
