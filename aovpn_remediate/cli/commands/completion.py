"""`completion`: what makes a shell complete words after TAB."""

from __future__ import annotations

import click

from aovpn_remediate.cli.program import verb

_PROGRAM = "aovpn-remediate"
_INSTALLED_BY = {
    "bash": f'in ~/.bashrc: eval "$({_PROGRAM} completion bash)"',
    "zsh": f'in ~/.zshrc, after compinit: eval "$({_PROGRAM} completion zsh)"',
    "fish": f"{_PROGRAM} completion fish > ~/.config/fish/completions/{_PROGRAM}.fish",
}


@verb(
    "aovpn-remediate completion bash",
    "aovpn-remediate completion fish > ~/.config/fish/completions/aovpn-remediate.fish",
)
@click.argument("shell", type=click.Choice(tuple(_INSTALLED_BY)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that completes words in a shell.

    To have it for good, in ~/.bashrc, or in ~/.zshrc after compinit (fish: see the example):

    \b
      eval "$(aovpn-remediate completion bash)"

    TAB then knows verbs, options, formats, playbooks, the runs of a journal in SQLite, and the
    hosts and groups of the -i given before.
    """  # noqa: D301 - click's sign for lines to be left as they are
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:  # the choices are those that click has
        raise click.UsageError(f"there is no completion for {shell}")
    made = kind(ctx.find_root().command, {}, _PROGRAM, "_AOVPN_REMEDIATE_COMPLETE")
    # Not `source`: it starts a bash to see its version, and the one that reads this may be another.
    script = made.source_template % made.source_vars()
    # As bytes: on Windows text would get line ends that no shell takes.
    click.echo(f"{script.rstrip()}\n# For good, {_INSTALLED_BY[shell]}".encode())
