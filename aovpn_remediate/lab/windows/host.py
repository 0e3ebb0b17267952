"""The current state of a simulated Windows host."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from aovpn_remediate.lab.windows import layout
from aovpn_remediate.lab.windows.answers import recorded
from aovpn_remediate.lab.windows.model import HostSeed
from aovpn_remediate.lab.windows.registry import fold
from aovpn_remediate.lab.windows.services import Outage, Service, Services
from aovpn_remediate.lab.windows.tasks import Tasks

WELL_KNOWN = {
    "Everyone": "S-1-1-0",
    r"NT AUTHORITY\SYSTEM": "S-1-5-18",
    r"NT AUTHORITY\LOCAL SERVICE": "S-1-5-19",
    r"NT AUTHORITY\NETWORK SERVICE": "S-1-5-20",
    r"BUILTIN\Administrators": "S-1-5-32-544",
    r"BUILTIN\Users": "S-1-5-32-545",
    r"BUILTIN\Backup Operators": "S-1-5-32-551",
    r"NT SERVICE\ALL SERVICES": "S-1-5-80-0",
}
_SID = re.compile(r"S-1-[0-9-]+")

# The product takes boot times within half a minute of each other for the same boot.
_BOOTING = timedelta(seconds=90)

Snapshot = dict[str, Any]


class Host:
    """One host. Tests may read and change it, as an administrator would, while they hold `lock`.

    `rights` are sets of SIDs by right, `policy` is group policy, `answers` are the recorded answers
    of the kinds without a model. `sessions` counts connected VPN users, `users_disconnected` those
    that a restart has disconnected. `tasks` holds the automatic rollbacks; a host that is `cut_off`
    runs but cannot be reached. `in_effect` has the snapshot that each service found when it
    started, and under `boot` that of Windows: later settings are not yet in effect there.

    A reboot takes `quirks.reboot_seconds` by the clock of the lab, and longer by the clock of the
    host, so that two boots can be told apart. `now`, `boot` and the start times of services are
    times of the host; `down_until` and the history are times of the lab.
    """

    def __init__(
        self,
        address: str,
        seed: HostSeed,
        *,
        clock: Callable[[], datetime],
        history: list[Outage],
    ) -> None:
        self.address = address
        self.seed = seed
        self.lock = threading.RLock()
        self.quirks = seed.quirks.model_copy(deep=True)
        self.policy = seed.group_policy
        self.accounts = {fold(name): sid for name, sid in {**WELL_KNOWN, **seed.accounts}.items()}
        self.rights = {right: set(sids) for right, sids in seed.rights.items()}
        self.answers = recorded(seed)
        self.sessions = seed.sessions
        self.users_disconnected = 0
        self.tasks = Tasks()
        self.cut_off = False
        self.down_until = datetime.max.replace(tzinfo=clock().tzinfo) if seed.down else clock()
        self.boot = clock() - timedelta(hours=seed.hours_up)
        self._clock = clock
        self._ahead = timedelta(seconds=seed.seconds_ahead)
        self.began = clock() + self._ahead
        """The time by the clock of the host when the lab was started."""
        self._history = history
        self.in_effect: dict[str, Snapshot] = {}
        self.registry = layout.new_registry(seed)
        self.services = Services(
            seed.services,
            registry=self.registry,
            quirks=self.quirks,
            clock=lambda: self.now,
            boot=self.boot,
            on_change=self._service_changed,
        )
        self.enforce_policy()
        first = self.snapshot()
        self.in_effect = {"boot": first} | {service.name: first for service in self.services}

    @property
    def now(self) -> datetime:
        """The time by the clock of the host."""
        return self._clock() + self._ahead

    @property
    def lab_time(self) -> datetime:
        """The time by the clock of the lab, which is the same for all hosts."""
        return self._clock()

    @property
    def up(self) -> bool:
        """True unless the host is down."""
        return self._clock() >= self.down_until

    def snapshot(self) -> Snapshot:
        """Return everything that a step can change, as plain data that can be compared.

        Names of registry keys and values are in lower case.
        """
        return {
            "registry": {
                path.lower(): {
                    name.lower(): (value.type, value.data) for name, value in key.values.values()
                }
                for path, key in self.registry.walk()
            },
            "services": {s.name: self.services.status(s) for s in self.services},
            "rights": {right: sorted(sids) for right, sids in self.rights.items() if sids},
            "answers": {
                name: [deepcopy(record.answer) for record in records]
                for name, records in self.answers.items()
            },
        }

    def sid(self, account: str) -> str | None:
        """Return the SID of an account given by name or SID; None for an unknown name."""
        if _SID.fullmatch(account):
            return account
        return self.accounts.get(fold(account))

    def has_name(self, sid: str) -> bool:
        """Return True if the host knows a name for the SID."""
        return sid in self.accounts.values()

    def restart(self, service: Service) -> None:
        """Restart a service and its dependents. Raises `Thrown`."""
        since = self._clock()
        until = since + timedelta(seconds=self.quirks.restart_seconds)
        stopping = self.services.with_dependents(service)
        try:
            self.services.restart(service)
        finally:
            self._history.extend(
                Outage(self.address, since, until if each.started else None, each.name)
                for each in stopping
            )

    def start(self, service: Service, *, paused: bool = False) -> None:
        """Start a service, or continue it, which ends its outage. Raises `Thrown`."""
        self.services.start(service)
        service.paused = paused
        for outage in self._history:
            if outage.address == self.address and outage.what == service.name and not outage.until:
                outage.until = self._clock()

    def reboot(self) -> None:
        """Reboot the host: go down now and come up freshly started."""
        since = self._clock()
        for service in self.services:
            if service.started is not None:
                self._service_changed(service.name, running=False)
        if self.quirks.never_returns:
            self.down_until = datetime.max.replace(tzinfo=since.tzinfo)
            self._history.append(Outage(self.address, since, None, "reboot"))
            return
        self.down_until = since + timedelta(seconds=self.quirks.reboot_seconds)
        self._ahead += _BOOTING
        self.boot = self.down_until + self._ahead
        self._finish_updates()
        self.enforce_policy()
        self.services.boot(self.boot)
        self.in_effect["boot"] = self.snapshot()
        self._history.append(Outage(self.address, since, self.down_until, "reboot"))

    def enforce_policy(self) -> None:
        """Apply group policy again."""
        for key, values in self.policy.registry.items():
            for name, value in values.items():
                self.registry.set(key, name, value.value)
        for right, decided in self.policy.rights.items():
            sids = (self.sid(account) for account in decided.accounts)
            self.rights[right] = {sid for sid in sids if sid is not None}

    def _finish_updates(self) -> None:
        self.registry.remove_key(layout.COMPONENT_REBOOT)
        self.registry.remove_key(layout.UPDATE_REBOOT)
        for name in layout.RENAMES:
            self.registry.remove(layout.SESSION_MANAGER, name)
        for name in layout.JOINS:
            self.registry.remove(layout.NETLOGON, name)
        if (name_next := self.registry.get(layout.NAME, "ComputerName")) is not None:
            self.registry.set(layout.NAME_NOW, "ComputerName", name_next)

    def _service_changed(self, name: str, running: bool) -> None:
        if running:
            self.in_effect[name] = self.snapshot()
        elif fold(name) == "REMOTEACCESS":
            self.users_disconnected += self.sessions
            self.sessions = 0
