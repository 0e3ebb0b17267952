"""Settings of the lab: quotas, delays, logon. All but the seed may change while it serves."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from aovpn_remediate.errors import UsageError
from aovpn_remediate.lab.wire.auth import SCHEMES


@dataclass(kw_only=True, eq=False)
class Settings:
    """Settings in seconds and bytes. The default quotas are those of a new Windows Server."""

    auth: tuple[str, ...] = ("Negotiate", "Basic")
    """Accepted logon schemes: Negotiate, Kerberos, CredSSP, Basic, Certificate."""
    allow_unencrypted: bool = True
    """True if unencrypted messages are accepted over HTTP. The default of Windows is False."""
    endpoints: tuple[str, ...] = ("Microsoft.PowerShell",)
    """The session configurations of every host."""

    latency: float = 0.0
    """Delay before each answer."""
    open_seconds: float = 0.0
    """Time that opening a runspace takes."""
    run_seconds: float = 0.0
    """Time before a pipeline or a command begins."""
    jitter: float = 0.0
    """Random variation of these delays as a fraction: 0.5 gives 50 % to 150 % of each."""
    seed: int = 0
    """Seed of the random numbers for the jitter."""

    idle_seconds: float = 120.0
    """Time after which an idle connection is closed, as HTTP.sys does."""
    max_timeout: float = 60.0
    """Longest time that a Receive waits, whatever the client asks for."""
    max_shells: int = 30
    """Most open shells of a user on a host."""
    max_commands: int = 1000
    """Most concurrent commands in a shell."""
    max_envelope: int = 512_000
    """Largest request in bytes; larger ones are answered 413."""

    _random: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if unknown := set(self.auth) - set(SCHEMES):
            known = ", ".join(SCHEMES)
            names = ", ".join(sorted(unknown))
            raise UsageError(f"unknown logon scheme {names}; use one of: {known}")
        self._random = random.Random(self.seed)  # noqa: S311 - for delays, not for secrets

    async def delay(self, seconds: float) -> None:
        """Sleep for these seconds, varied by the jitter."""
        if seconds > 0:
            await asyncio.sleep(self.draw(seconds))

    def draw(self, seconds: float) -> float:
        """Return these seconds, varied by the jitter."""
        return seconds * (1 + self.jitter * self._random.uniform(-1, 1))
