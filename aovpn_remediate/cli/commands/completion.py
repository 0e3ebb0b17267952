"""`completion`: the script by which a shell completes words after TAB."""

from __future__ import annotations

import click

from aovpn_remediate.cli.program import verb

_PROGRAM = "aovpn-remediate"
_INSTALLED_BY = {
    "bash": f'add to ~/.bashrc: eval "$({_PROGRAM} completion bash)"',
    "zsh": f'add to ~/.zshrc, after compinit: eval "$({_PROGRAM} completion zsh)"',
    "fish": f"run {_PROGRAM} completion fish > ~/.config/fish/completions/{_PROGRAM}.fish",
}


@verb(
    "aovpn-remediate completion bash",
    "aovpn-remediate completion fish > ~/.config/fish/completions/aovpn-remediate.fish",
)
@click.argument("shell", type=click.Choice(tuple(_INSTALLED_BY)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that completes words in a shell.

    To install it permanently, add this line to ~/.bashrc, or to ~/.zshrc after compinit (for fish
    see the example):

    \b
      eval "$(aovpn-remediate completion bash)"

    TAB then completes verbs, options, formats, playbooks, the runs in an SQLite journal, and the
    hosts and groups of the inventory given before by -i.
    """  # noqa: D301 - \b keeps click from rewrapping the lines after it
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:  # cannot happen: click supports all choices
        raise click.UsageError(f"there is no completion for {shell}")
    completer = kind(ctx.find_root().command, {}, _PROGRAM, "_AOVPN_REMEDIATE_COMPLETE")
    # `source` would start a bash to check its version, which may not be the one that reads this.
    script = completer.source_template % completer.source_vars()
    # As bytes, because on Windows text would get line ends that no shell accepts.
    click.echo(f"{script.rstrip()}\n# To install it permanently, {_INSTALLED_BY[shell]}".encode())
