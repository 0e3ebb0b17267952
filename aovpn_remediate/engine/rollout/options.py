"""How a run goes about its work, and whom it tells and asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from aovpn_remediate.engine.parallel import Limit
from aovpn_remediate.engine.restart.drain import Drain
from aovpn_remediate.engine.restart.host import Patience
from aovpn_remediate.engine.rollout.kept_options import KeptOptions
from aovpn_remediate.engine.rollout.windows import Clock
from aovpn_remediate.errors import UsageError
from aovpn_remediate.inventory.model import Share
from aovpn_remediate.resources.restart import Restart
from aovpn_remediate.results import Run

Watch = Callable[[str, str], None]
"""Told the host and what is being done there."""

Permit = Callable[[Mapping[str, Restart]], Restart]
"""Asked once, with what each host needs: a reboot allowed or not, and services (any) or not."""

GoOn = Callable[[tuple[str, ...]], bool]
"""Asked with the canaries, once they are well: whether the other hosts may be begun now."""


_ONE, _ALL = Share(count=1), Share(percent=100)


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

    @property
    def sizes(self) -> tuple[Share, ...]:
        """Those of the batches: a pause after the canary needs one."""
        return self.serial or ((_ONE, _ALL) if self.pause_after_canary else ())

    def kept(self) -> dict[str, Any]:
        """What a run keeps of them, for a person to read and for `resume`: what is not usual."""
        said = {
            "max_failures": str(self.max_failures or ""),
            "serial": ",".join(map(str, self.sizes)),
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
        """From their values by name. Raises `ValidationError`."""
        usual = cls()
        said = KeptOptions.model_validate(
            {"workers": usual.workers, "restarts_at_once": 1, **_times(usual), **kept}
        )
        return cls(
            workers=said.workers,
            max_failures=Limit.parse(said.max_failures),
            serial=tuple(filter(None, map(Share.parse, said.sizes))),
            pause_after_canary=said.pause_after_canary,
            skip=tuple(said.skip),
            restarts_at_once=said.restarts_at_once,
            drain=Drain(said.max_sessions, said.drain_timeout, said.force_restart),
            patience=Patience(said.settle_timeout, said.reboot_timeout, said.poll),
            override_window=said.override_window,
            confirm_within=said.confirm_within,
            self_confirm=said.self_confirm,
        )

    @classmethod
    def of_run(cls, run: Run, given: Mapping[str, Any] | None = None) -> Options:
        """Those that a run has kept, but for what is given now. Raises `UsageError`.

        Leave to change hosts outside their windows was for that run alone.
        """
        try:
            return cls.restored({**run.options, "override_window": "", **(given or {})})
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            what = f"has kept no option {first['loc'][0]} that can be used ({first['msg']})"
            raise UsageError(f"run {run.id} {what}: apply its plan file again") from None


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
