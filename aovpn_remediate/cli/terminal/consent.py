"""Consent to changes, restarts and the hosts after the canary: by options, or asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from threading import Event

from aovpn_remediate.cli.options.common import CommonOptions
from aovpn_remediate.cli.options.run import Approval
from aovpn_remediate.cli.terminal import prompt
from aovpn_remediate.cli.terminal.output import print_document, print_note, print_on_terminal
from aovpn_remediate.cli.terminal.prompt import Confirm, OpenPrompt
from aovpn_remediate.engine.control import GoOn, Permit
from aovpn_remediate.errors import UsageError
from aovpn_remediate.reports.words import count
from aovpn_remediate.resources.restart import Restart
from aovpn_remediate.results import Plan

Sessions = Mapping[str, int]
"""The number of VPN sessions of each host, where it is known."""


def require_consent(approval: Approval, instead: str) -> None:
    """Raise `UsageError` before any work if nobody could be asked for approval."""
    if not (approval.yes or prompt.is_interactive()):
        raise UsageError(f"not interactive: use --yes, or {instead}")


def approve(plan: Plan, question: str, approval: Approval, common: CommonOptions) -> bool:
    """Show what would be done and ask for approval; `--yes` shows it and does not ask.

    With `--format json` stdout is for the result alone, so the plan is shown on stderr.
    """
    if common.format_ == "text":
        print_document(plan, common)
    elif not approval.yes:
        print_on_terminal(plan, err=True)
    # Nothing has begun, so Ctrl-C may end the process.
    return approval.yes or prompt.confirm(question, Event())


def restart_consent(
    approval: Approval, at_once: int, open_prompt: OpenPrompt, sessions: Sessions
) -> Permit:
    """Return the decision on restarts for the engine: by the options, or asked for once."""

    def permit(needs: Mapping[str, Restart]) -> Restart:
        reboots = [host for host, need in needs.items() if need.reboot]
        services = [host for host, need in needs.items() if not need.reboot]
        reboot, restart = approval.allow_reboot, approval.allow_restart
        undecided = (reboots and not reboot) or (services and not restart)
        if undecided and prompt.is_interactive() and not approval.yes:
            with open_prompt() as confirm:
                for line in _restart_lines(needs, sessions, at_once):
                    print_note(line)
                restart = restart or _confirmed("Restart services on", services, confirm)
                reboot = reboot or _confirmed("Reboot", reboots, confirm)
        return Restart(reboot=reboot, services=("any",) if restart else ())

    return permit


def canary_consent(approval: Approval, open_prompt: OpenPrompt) -> GoOn:
    """Return the approval of the hosts after the canary; if not interactive, the run pauses."""

    def go_on(canaries: tuple[str, ...]) -> bool:
        if approval.yes or not prompt.is_interactive():
            return False
        are = "is" if len(canaries) == 1 else "are"
        with open_prompt() as confirm:
            return confirm(f"{', '.join(canaries)} {are} healthy. Continue with the other hosts?")

    return go_on


def _confirmed(action: str, hosts: list[str], confirm: Confirm) -> bool:
    return bool(hosts) and confirm(f"{action} {count(len(hosts), 'host')}?")


def _restart_lines(needs: Mapping[str, Restart], sessions: Sessions, at_once: int) -> Iterator[str]:
    """Yield the kinds of restart, each with its hosts."""
    pace = "one host" if at_once == 1 else f"{at_once} hosts"
    yield f"The changes need restarts, {pace} at a time in each group:"
    for restart in dict.fromkeys(map(str, needs.values())):
        hosts = [_host(host, sessions) for host, need in needs.items() if str(need) == restart]
        yield f"  {restart}: {', '.join(hosts)}"


def _host(host: str, sessions: Sessions) -> str:
    connected = sessions.get(host)
    return host if connected is None else f"{host} ({count(connected, 'VPN session')})"
