"""The options of the verbs that change hosts, as `RunOptions` declares them."""

from __future__ import annotations

from dataclasses import fields

import click
import pytest

from aovpn_remediate.cli import main
from aovpn_remediate.engine.run_options import RunOptions

DECLARED = {field.name for field in fields(RunOptions)}
CONFIRM = {"confirm_within", "self_confirm"}


@pytest.mark.parametrize(
    ("verb", "missing"), [("apply", set()), ("resume", set()), ("rollback", CONFIRM)]
)
def test_each_declared_option_is_on_the_command_line_with_its_default(
    verb: str, missing: set[str]
) -> None:
    with main.commands[verb].make_context(verb, ["x"]) as context:
        given = {name: value for name, value in context.params.items() if name in DECLARED}
    assert given == {n: v for n, v in vars(RunOptions()).items() if n not in missing}


def test_the_command_line_refuses_what_the_declaration_refuses() -> None:
    for option in ("--restarts-at-once=0", "--max-sessions=-1", "--poll=0"):
        with pytest.raises(click.BadParameter):
            main.commands["apply"].make_context("apply", ["x", option])
