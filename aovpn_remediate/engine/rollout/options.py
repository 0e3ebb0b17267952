"""How a run goes about its work, and whom it tells and asks."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from aovpn_remediate.engine.control import Clock
from aovpn_remediate.engine.restart.drain import Drain
from aovpn_remediate.engine.restart.host import Patience
from aovpn_remediate.errors import UsageError
from aovpn_remediate.inventory.model import Inventory, Share
from aovpn_remediate.inventory.selection import select
from aovpn_remediate.results import Run

_ONE, _ALL = Share(count=1), Share(percent=100)


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


_COUNT = re.compile(r"[0-9]{1,6}", re.ASCII)


_PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]+)?%", re.ASCII)


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


def _known(options: Options, fleet: Inventory, hosts: Collection[str]) -> Options:
    """With those of these hosts to be left out that patterns of the inventory mean."""
    if not options.skip:
        return options
    try:
        left_out = select(fleet, ",".join(options.skip))
    except UsageError as error:
        raise UsageError(f"--skip: {error}") from None
    return replace(options, skip=tuple(h.name for h in left_out if h.name in hosts))


Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


Number = Annotated[int, Field(ge=1)]


def _limit(text: str) -> str:
    if text and Limit.parse(text) is None:
        raise ValueError(f"{text!r} is neither a number of hosts nor a percentage of them")
    return text


def _serial(text: str) -> str:
    for part in text.split(",") if text else ():
        if Share.parse(part) is None:
            raise ValueError(f"{part!r} is no size of a batch")
    return text


class KeptOptions(BaseModel):
    """By the names of the command line, times in seconds. What has no name here is passed over."""

    model_config = ConfigDict(strict=True, extra="ignore")

    workers: Number
    restarts_at_once: Number
    max_failures: Annotated[str, AfterValidator(_limit)] = ""
    serial: Annotated[str, AfterValidator(_serial)] = ""
    pause_after_canary: bool = False
    skip: Sequence[str] = ()
    max_sessions: Annotated[int | None, Field(ge=0)] = None
    drain_timeout: Seconds
    force_restart: bool = False
    settle_timeout: Seconds
    reboot_timeout: Seconds
    poll: Seconds
    override_window: str = ""
    confirm_within: Annotated[float | None, Field(gt=0)] = None
    self_confirm: bool = False

    @property
    def sizes(self) -> list[str]:
        """Of the batches."""
        return self.serial.split(",") if self.serial else []
