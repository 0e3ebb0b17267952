"""The lab: a WinRM server on loopback with simulated Windows hosts behind it."""

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
from aovpn_remediate.lab.wire.site import Site
from aovpn_remediate.lab.wire.tls import server_context

T = TypeVar("T")


class Lab:
    """Every address of 127.0.0.0/8 on one port is a simulated host; a host is its address.

    ```python
    with Lab(engine, users={"lab": "secret"}, latency=0.02) as lab:
        lab.url("127.0.0.5")      # http://127.0.0.5:49152/wsman
        lab.faults.add(Fault("reset", action="Receive", nth=2))
        ...
        lab.assert_clean()
    ```

    Without `users` there is `lab`, with a password that is new each time (`lab.users`). The other
    arguments are the fields of `Settings`. It serves from the `with` on, in a thread of its own.
    """

    def __init__(
        self,
        engine: Engine,
        users: Mapping[str, str] | None = None,
        *,
        tls: TlsFiles | None = None,
        bind: str = listening.ANY,
        port: int = 0,
        **settings: Any,
    ) -> None:
        self.users = Accounts(users)
        self.settings = Settings(**settings)
        self.port = port
        """The port; a free one from the `with` on when it was 0."""
        self._tls = tls
        self._bind = bind
        self._site = Site(engine, self.users, self.settings, tls)
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
        """Serve. Raises `UsageError` when the address or the port cannot be had."""
        context = server_context(self._tls) if self._tls else None
        listener = listening.listen(self._bind, self.port)
        self.port = listener.getsockname()[1]
        ntlm_file.join()
        self._background = Background(
            lambda: listening.accept(listener, self._greet, context), name=f"lab:{self.port}"
        )

    def stop(self) -> None:
        """End it: every connection is reset, every shell is gone."""
        if self._background is not None:
            self._background.stop()
            self._background = None
            ntlm_file.leave()

    def _greet(self, local: str, peer: str) -> ClientConnection | None:
        return ClientConnection(self._site, local, peer) if self._site.welcomes(local) else None

    def url(self, host: str = "127.0.0.1") -> str:
        """Where that host's WinRM listens."""
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}/wsman"

    @property
    def faults(self) -> FaultPlan:
        """What is to go wrong."""
        return self._site.faults

    @property
    def requests(self) -> list[LoggedRequest]:
        """Every WSMan request so far, in the order of the answers."""
        return self._ask(lambda: list(self._site.requests))

    def stats(self) -> Stats:
        """The counts of all hosts together."""
        return self._ask(self._site.stats)

    def host_stats(self, address: str) -> Counts:
        """The counts of one host."""
        return self._ask(lambda: copy.deepcopy(self._site.host(address).counts))

    def reset_stats(self) -> None:
        """Count from zero, and empty the log of requests."""
        self._ask(self._site.reset_stats)

    def assert_clean(self) -> None:
        """Raise `AssertionError` when clients left shells open or commands unreceived."""
        if leaks := self._ask(self._site.leaks):
            raise AssertionError("left behind on the simulated hosts:\n" + "\n".join(leaks))

    def _ask(self, question: Callable[[], T]) -> T:
        return self._background.ask(question) if self._background else question()
