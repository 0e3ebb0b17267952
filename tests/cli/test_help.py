from __future__ import annotations

import shlex
import subprocess
import sys

import click
import pytest

from aovpn_remediate.cli import main
from aovpn_remediate.cli.program import Program, Verb
from tests.cli.conftest import cli

VERBS = list(main.commands)


def test_the_verbs() -> None:
    ours = "plan apply verify rollback runs show render playbooks kinds validate lab demo"
    assert " ".join(verb for verb in VERBS if verb in ours) == ours


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_help_with_an_example(verb: str) -> None:
    shown = cli(verb, "--help")
    assert shown.exit_code == 0
    assert f"Example:\n  aovpn-remediate {verb}" in shown.output


@pytest.mark.parametrize("verb", VERBS)
def test_the_program_lists_each_verb_in_one_line(verb: str) -> None:
    [line] = [line for line in cli("--help").output.splitlines() if line.startswith(f"  {verb} ")]
    assert line.endswith(".")
    assert not line.endswith("...")


def _examples() -> list[str]:
    commands = [main, *main.commands.values()]
    return [e for c in commands if isinstance(c, Program | Verb) for e in c.examples]


@pytest.mark.parametrize("example", _examples())
def test_an_example_can_be_typed(example: str) -> None:
    program, verb, *words = shlex.split(example.partition(" > ")[0])
    assert program == "aovpn-remediate"
    command = main.commands[verb]
    with command.make_context(verb, words) as context:
        assert isinstance(context, click.Context)


def test_the_version() -> None:
    shown = cli("--version")
    assert shown.output.startswith("aovpn-remediate 0.")


def test_help_loads_nothing_heavy() -> None:
    """Beyond what `import aovpn_remediate` loads."""
    program = (
        "import sys\n"
        "import aovpn_remediate\n"
        "before = set(sys.modules)\n"
        "from aovpn_remediate.cli import main\n"
        "for verb in main.commands:\n"
        "    main.main([verb, '--help'], standalone_mode=False)\n"
        "print(*{name.split('.')[0] for name in set(sys.modules) - before}, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    heavy = {"sqlalchemy", "pypsrp", "winrm", "psrpcore", "tree_sitter", "keyring", "rich", "yaml"}
    assert not heavy & set(done.stderr.split())


def test_it_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "aovpn_remediate", "kinds"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("registry_value\n")
