"""The lab: a WinRM server on loopback in front of simulated Windows hosts."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

from aovpn_remediate.lab.accounts import Accounts, ntlm_file
from aovpn_remediate.lab.backend import Engine
from aovpn_remediate.lab.certificates import TlsFiles
from aovpn_remediate.lab.faults import FaultPlan
from aovpn_remediate.lab.settings import Settings
from aovpn_remediate.lab.stats import Counts, LoggedRequest, Stats
from aovpn_remediate.lab.wire import listening
from aovpn_remediate.lab.wire.background import Background
from aovpn_remediate.lab.wire.client import ClientConnection
from aovpn_remediate.lab.wire.hosts import ShellFactory
from aovpn_remediate.lab.wire.simulated import SimulatedShells
from aovpn_remediate.lab.wire.site import Site
from aovpn_remediate.lab.wire.tls import server_context

T = TypeVar("T")


class Lab:
    """A server in which each address of 127.0.0.0/8 is one simulated host, all on one port.

    ```python
    with Lab(engine, users={"lab": "secret"}, latency=0.02) as lab:
        lab.url("127.0.0.5")      # http://127.0.0.5:49152/wsman
        lab.faults.add(Fault("reset", action="Receive", nth=2))
        ...
        lab.assert_clean()
    ```

    Without `users` the only user is `lab`, with a random password (see `lab.users`). Other keyword
    arguments are fields of `Settings`. Inside the `with` the lab serves in its own thread.
    """

    def __init__(
        self,
        engine: Engine,
        users: Mapping[str, str] | None = None,
        *,
        tls: TlsFiles | None = None,
        bind: str = listening.ANY,
        port: int = 0,
        shells: ShellFactory | None = None,
        **settings: Any,
    ) -> None:
        self.users = Accounts(users)
        self.settings = Settings(**settings)
        self.port = port
        """The port; 0 becomes a free port when the lab starts."""
        self._tls = tls
        self._bind = bind
        self._site = Site(engine, self.users, self.settings, tls, shells or SimulatedShells())
        self._background: Background | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start serving. Raises `UsageError` if the address or port is not available."""
        context = server_context(self._tls) if self._tls else None
        listener = listening.listen(self._bind, self.port)
        self.port = listener.getsockname()[1]
        ntlm_file.join()
        self._background = Background(
            lambda: listening.accept(listener, self._greet, context), name=f"lab:{self.port}"
        )

    def stop(self) -> None:
        """Stop serving: reset every connection and discard every shell."""
        if self._background is not None:
            self._background.stop()
            self._background = None
            ntlm_file.leave()

    def _greet(self, local: str, peer: str) -> ClientConnection | None:
        return ClientConnection(self._site, local, peer) if self._site.welcomes(local) else None

    def url(self, host: str = "127.0.0.1") -> str:
        """Return the WinRM URL of a host."""
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}/wsman"

    @property
    def faults(self) -> FaultPlan:
        """The planned faults."""
        return self._site.faults

    @property
    def requests(self) -> list[LoggedRequest]:
        """All WSMan requests so far, in the order in which they were answered."""
        return self._ask(lambda: list(self._site.requests))

    def stats(self) -> Stats:
        """Return the counts of all hosts together."""
        return self._ask(self._site.stats)

    def host_stats(self, address: str) -> Counts:
        """Return the counts of one host."""
        return self._ask(lambda: copy.deepcopy(self._site.host(address).counts))

    def reset_stats(self) -> None:
        """Set all counts to zero and clear the log of requests."""
        self._ask(self._site.reset_stats)

    def assert_clean(self) -> None:
        """Raise `AssertionError` if clients left shells open or commands unreceived."""
        if leaks := self._ask(self._site.leaks):
            raise AssertionError("left behind on the simulated hosts:\n" + "\n".join(leaks))

    def _ask(self, question: Callable[[], T]) -> T:
        return self._background.ask(question) if self._background else question()
