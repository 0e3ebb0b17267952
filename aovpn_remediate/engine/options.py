"""How a run goes about its work, and whom it tells and asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aovpn_remediate.engine.drain import Drain
from aovpn_remediate.engine.fleet import Limit
from aovpn_remediate.engine.restarts import Patience
from aovpn_remediate.engine.window_gate import Clock
from aovpn_remediate.inventory.model import Share
from aovpn_remediate.resources.restart import Restart

Watch = Callable[[str, str], None]
"""Told the host and what is being done there."""

Permit = Callable[[Mapping[str, Restart]], Restart]
"""Asked once, with what each host needs: a reboot allowed or not, and services (any) or not."""

GoOn = Callable[[tuple[str, ...]], bool]
"""Asked with the canaries, once they are well: whether the other hosts may be begun now."""


def nobody_to_ask(canaries: tuple[str, ...]) -> bool:
    """The run stops after its canaries, to be resumed."""
    del canaries
    return False


@dataclass(frozen=True)
class Options:
    """How a run goes about its work."""

    workers: int = 32
    max_failures: Limit | None = None
    """None: as many as there are; in batches, none."""
    serial: tuple[Share, ...] = ()
    """The sizes of the batches; none: all hosts at once."""
    pause_after_canary: bool = False
    skip: tuple[str, ...] = ()
    """Hosts that are left out."""
    restarts_at_once: int = 1
    """In each group."""
    drain: Drain = field(default_factory=Drain)
    patience: Patience = field(default_factory=Patience)
    override_window: str = ""
    """Why hosts are changed outside their windows; the run keeps it."""
    confirm_within: float | None = None
    """Seconds after which a host sets itself back unless it is confirmed; None: as the playbooks
    say."""
    self_confirm: bool = False
    """Whether the run confirms a host itself that is well in the end."""
    clock: Clock = field(default=lambda: datetime.now(UTC), compare=False)

    def kept(self) -> dict[str, Any]:
        """What a run keeps of them, for a person to read and for `resume`: what is not usual."""
        said = {
            "max_failures": str(self.max_failures or ""),
            "serial": ",".join(map(str, self.serial)),
            "pause_after_canary": self.pause_after_canary,
            "skip": list(self.skip),
            "max_sessions": "" if self.drain.most is None else self.drain.most,
            "force_restart": self.drain.force,
            "override_window": self.override_window,
            "confirm_within": "" if self.confirm_within is None else self.confirm_within,
            "self_confirm": self.self_confirm,
        }
        usual = _times(Options())
        said |= {name: value for name, value in _times(self).items() if value != usual[name]}
        found = {"workers": self.workers, "restarts_at_once": self.restarts_at_once}
        return found | {name: value for name, value in said.items() if _is_said(value)}

    @classmethod
    def restored(cls, kept: Mapping[str, Any]) -> Options:
        """Those that a run has kept."""
        usual = cls()
        pauses = kept.get("pause_after_canary", False)
        serial = str(kept.get("serial", "")) or ("1,100%" if pauses else "")
        sizes = filter(None, map(Share.parse, serial.split(",")))
        times = _times(usual) | {name: kept[name] for name in _times(usual) if name in kept}
        return cls(
            workers=kept.get("workers", usual.workers),
            max_failures=Limit.parse(str(kept.get("max_failures", ""))),
            serial=tuple(sizes),
            pause_after_canary=pauses,
            skip=tuple(kept.get("skip", ())),
            restarts_at_once=kept.get("restarts_at_once", usual.restarts_at_once),
            drain=Drain(
                most=kept.get("max_sessions"),
                timeout=times["drain_timeout"],
                force=kept.get("force_restart", False),
            ),
            patience=Patience(
                settle=times["settle_timeout"], reboot=times["reboot_timeout"], poll=times["poll"]
            ),
            override_window=kept.get("override_window", ""),
            confirm_within=kept.get("confirm_within"),
            self_confirm=kept.get("self_confirm", False),
        )


def _is_said(value: Any) -> bool:
    """0 is a number of sessions."""
    return value not in ("", []) and value is not False


def _times(options: Options) -> dict[str, float]:
    """In seconds, by the names of the command line."""
    return {
        "drain_timeout": options.drain.timeout,
        "settle_timeout": options.patience.settle,
        "reboot_timeout": options.patience.reboot,
        "poll": options.patience.poll,
    }
