"""Many hosts at once: threads, when to begin no more, and who may log on."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TypeVar

from aovpn_remediate.errors import LogonFailed
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.transports.base import Session

_COUNT = re.compile(r"[0-9]{1,6}", re.ASCII)
_PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]+)?%", re.ASCII)
_MOST_REFUSALS = 2  # of one credential, on two hosts

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass
class Stop:
    """What a person asks for with Ctrl-C: once, begin nothing new; twice, end now."""

    begin_no_more: threading.Event = field(default_factory=threading.Event)
    end_now: threading.Event = field(default_factory=threading.Event)

    def asked(self) -> None:
        """Ctrl-C was pressed."""
        if self.begin_no_more.is_set():
            self.end_now.set()
        self.begin_no_more.set()


@dataclass(frozen=True)
class Limit:
    """How many failures a run bears: `--max-failures`."""

    count: int | None = None
    percent: float | None = None

    @classmethod
    def parse(cls, text: str) -> Limit | None:
        """`0`, `5` or `10%`; None for what is neither."""
        if _COUNT.fullmatch(text):
            return cls(count=int(text))
        return cls(percent=float(text[:-1])) if _PERCENT.fullmatch(text) else None

    def __str__(self) -> str:
        return f"{self.percent:g}%" if self.percent is not None else str(self.count)

    def reached(self, failures: int, hosts: int) -> bool:
        """Whether no new host may be begun. `0` is the first failure, as is `0%`."""
        if self.count is not None:
            return failures > self.count
        return self.percent is not None and failures * 100 > self.percent * hosts


def in_parallel(
    items: Sequence[Item],
    work: Callable[[Item], Result],
    *,
    workers: int,
    stop: Stop,
    enough: Callable[[Result], bool] = lambda _: False,
) -> list[Result | None]:
    """The results in the order of the items; None for what was not begun.

    No item is begun once `stop` says so, or `enough` was true for a result.
    """
    results: list[Result | None] = [None] * len(items)
    places = iter(range(len(items)))
    over = False
    with ThreadPoolExecutor(max_workers=max(1, workers), thread_name_prefix="host") as pool:
        under_way: dict[Future[Result], int] = {}
        while True:
            while not over and not stop.begin_no_more.is_set() and len(under_way) < workers:
                place = next(places, None)
                if place is None:
                    break
                under_way[pool.submit(work, items[place])] = place
            if not under_way:
                return results
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                place = under_way.pop(future)
                results[place] = future.result()
                over = enough(future.result()) or over


@dataclass
class _Trial:
    """What is known of one credential."""

    accepted: bool = False
    refusals: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def passed(self) -> bool:
        """Whether some host has accepted it."""
        return self.accepted


class LogonGate:
    """A credential that several hosts share is tried on one, and after a refusal on one more.

    Refused twice, it is not tried on the others, so that no account is locked out.
    """

    def __init__(self, hosts: Sequence[Host], knock: Callable[[Host], None]) -> None:
        self._knock = knock  # a host that is down must not hold up the trial of a credential
        keys = Counter(credential(h) for h in hosts if h.connection.transport != "local")
        self._trials = {key: _Trial() for key, count in keys.items() if count > 1}

    def connect(self, host: Host, log_on: Callable[[], Session]) -> Session:
        """Log on, one at a time until the credential has proved good. Raises `TransportError`s."""
        trial = self._trials.get(credential(host))
        if trial is None or trial.passed():
            return log_on()
        self._knock(host)
        with trial.lock:
            if not trial.passed():
                return _try(trial, host, log_on)
        return log_on()


def _try(trial: _Trial, host: Host, log_on: Callable[[], Session]) -> Session:
    if trial.refusals >= _MOST_REFUSALS:
        raise LogonFailed(
            host.name,
            "not tried: its credential was refused by two other hosts, and more attempts could "
            "lock the account out",
        )
    try:
        session = log_on()
    except LogonFailed:
        trial.refusals += 1
        raise
    trial.accepted = True
    return session


def credential(host: Host) -> Hashable:
    """Hosts with the same one share an account."""
    return (host.credential.username, host.connection.auth, host.credential.password)
