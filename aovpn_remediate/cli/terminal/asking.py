"""Whether the person agrees with what was shown."""

from __future__ import annotations

from threading import Event

from aovpn_remediate.cli.options.common import Looking
from aovpn_remediate.cli.options.run import Changing
from aovpn_remediate.cli.terminal import prompt as terminal
from aovpn_remediate.cli.terminal.printing import on_terminal, present
from aovpn_remediate.errors import UsageError
from aovpn_remediate.results import Plan


def refuse_without_terminal(changing: Changing, instead: str) -> None:
    """Raises `UsageError` before any work where nobody could agree to it."""
    if not (changing.yes or terminal.is_there()):
        raise UsageError(f"there is no terminal to ask on: give --yes, or {instead}")


def agreed(plan: Plan, question: str, changing: Changing, looking: Looking) -> bool:
    """Show what would be done and ask; with `--yes`, show it and go on.

    For a program, which reads one document from stdout, the person is shown it on stderr.
    """
    if looking.format_ == "text":
        present(plan, looking)
    elif not changing.yes:
        on_terminal(plan, err=True)
    # Ctrl-C is the process's own here: nothing has begun.
    return changing.yes or terminal.confirm(question, Event())
