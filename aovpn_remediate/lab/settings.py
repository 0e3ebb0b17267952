"""How the lab behaves: quotas, delays, logon. All but the seed may change while it serves."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from aovpn_remediate.errors import UsageError
from aovpn_remediate.lab.wire.auth import SCHEMES


@dataclass(kw_only=True, eq=False)
class Settings:
    """Seconds and bytes throughout. The quotas are those of a Windows Server as it comes."""

    auth: tuple[str, ...] = ("Negotiate", "Basic")
    """Schemes on offer: Negotiate, Kerberos, CredSSP, Basic, Certificate."""
    allow_unencrypted: bool = True
    """Whether plain messages are taken over HTTP. Windows comes with False."""
    endpoints: tuple[str, ...] = ("Microsoft.PowerShell",)
    """Session configurations that are there."""

    latency: float = 0.0
    """Before each answer."""
    open_seconds: float = 0.0
    """Until a runspace is open."""
    run_seconds: float = 0.0
    """Until a pipeline or a command begins."""
    jitter: float = 0.0
    """A share of each of these by which they vary: 0.5 is half as long to half as long again."""
    seed: int = 0
    """What the jitter is drawn from."""

    idle_seconds: float = 120.0
    """After which a quiet connection is closed, as HTTP.sys does."""
    max_timeout: float = 60.0
    """The longest that a Receive waits, whatever it asks for."""
    max_shells: int = 30
    """Shells for a user on a host."""
    max_commands: int = 1000
    """Commands in a shell."""
    max_envelope: int = 512_000
    """Bytes of a request; a larger one is answered 413."""

    _random: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if unknown := set(self.auth) - set(SCHEMES):
            known = ", ".join(SCHEMES)
            raise UsageError(f"no logon scheme {', '.join(sorted(unknown))}; there are {known}")
        self._random = random.Random(self.seed)  # noqa: S311 - delays, no secrets

    async def delay(self, seconds: float) -> None:
        """Let so much time pass, give or take the jitter."""
        if seconds > 0:
            await asyncio.sleep(self.draw(seconds))

    def draw(self, seconds: float) -> float:
        """So many seconds, give or take the jitter."""
        return seconds * (1 + self.jitter * self._random.uniform(-1, 1))
