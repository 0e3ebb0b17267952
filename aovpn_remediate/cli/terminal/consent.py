"""Whether hosts may be restarted: by the options, or asked once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager

from aovpn_remediate.cli.options.run import Changing
from aovpn_remediate.cli.terminal import prompt as terminal
from aovpn_remediate.cli.terminal.printing import remark
from aovpn_remediate.engine.control import GoOn, Permit
from aovpn_remediate.reports.words import count
from aovpn_remediate.resources.restart import Restart

Confirm = Callable[[str], bool]
Aside = Callable[[], AbstractContextManager[Confirm]]
"""Makes room on the terminal to ask something."""
Sessions = Mapping[str, int]
"""VPN sessions of each host, where known."""


def permission(changing: Changing, aside: Aside, sessions: Sessions) -> Permit:
    """What the engine asks before the first restart."""

    def permit(needs: Mapping[str, Restart]) -> Restart:
        reboots = [host for host, need in needs.items() if need.reboot]
        services = [host for host, need in needs.items() if not need.reboot]
        reboot, restart = changing.allow_reboot, changing.allow_restart
        open_ = (reboots and not reboot) or (services and not restart)
        if open_ and terminal.is_there() and not changing.yes:
            with aside() as confirm:
                for line in _listed(needs, sessions, changing.restarts_at_once):
                    remark(line)
                restart = restart or _asked("Restart services on", services, confirm)
                reboot = reboot or _asked("Reboot", reboots, confirm)
        return Restart(reboot=reboot, services=("any",) if restart else ())

    return permit


def leave_after_canary(changing: Changing, aside: Aside) -> GoOn:
    """What the engine asks once the canaries are well; where nobody can be asked, it waits."""

    def go_on(canaries: tuple[str, ...]) -> bool:
        if changing.yes or not terminal.is_there():
            return False
        are = "is" if len(canaries) == 1 else "are"
        with aside() as confirm:
            return confirm(f"{', '.join(canaries)} {are} well. Go on with the other hosts?")

    return go_on


def _asked(words: str, hosts: list[str], confirm: Confirm) -> bool:
    return bool(hosts) and confirm(f"{words} {count(len(hosts), 'host')}?")


def _listed(needs: Mapping[str, Restart], sessions: Sessions, at_once: int) -> Iterator[str]:
    """The restarts, each with its hosts."""
    how = "one host" if at_once == 1 else f"{at_once} hosts"
    yield f"The changes need restarts, {how} at a time in each group:"
    for words in dict.fromkeys(map(str, needs.values())):
        hosts = [_host(host, sessions) for host, need in needs.items() if str(need) == words]
        yield f"  {words}: {', '.join(hosts)}"


def _host(host: str, sessions: Sessions) -> str:
    cut = sessions.get(host)
    return host if cut is None else f"{host} ({count(cut, 'VPN session')})"
