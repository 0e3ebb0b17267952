"""The options of a run as the engine uses them, and the record of them that `resume` restores."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from aovpn_remediate.engine.control import Clock
from aovpn_remediate.engine.restart.drain import Drain
from aovpn_remediate.engine.restart.host import Patience
from aovpn_remediate.engine.run_options import RunOptions
from aovpn_remediate.errors import UsageError, first_problem
from aovpn_remediate.inventory.model import Inventory, Share
from aovpn_remediate.inventory.selection import select
from aovpn_remediate.results import Run

_ONE, _ALL = Share(count=1), Share(percent=100)
_COUNT = re.compile(r"[0-9]{1,6}", re.ASCII)
_PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]+)?%", re.ASCII)
_RECORD = TypeAdapter(RunOptions)
_ALWAYS_RECORDED = ("workers", "restarts_at_once")

_Parsed = TypeVar("_Parsed")


@dataclass(frozen=True)
class Limit:
    """The number of failed hosts that a run tolerates: `--max-failures`."""

    count: int | None = None
    percent: float | None = None

    @classmethod
    def parse(cls, text: str) -> Limit | None:
        """Parse `0`, `5` or `10%`; return None for any other text."""
        if _COUNT.fullmatch(text):
            return cls(count=int(text))
        return cls(percent=float(text[:-1])) if _PERCENT.fullmatch(text) else None

    def __str__(self) -> str:
        return f"{self.percent:g}%" if self.percent is not None else str(self.count)

    def reached(self, failures: int, hosts: int) -> bool:
        """Return True if no further host may be begun; `0` and `0%` allow no failure."""
        if self.count is not None:
            return failures > self.count
        return self.percent is not None and failures * 100 > self.percent * hosts


@dataclass(frozen=True)
class Options:
    """The options of a run; `RunOptions` declares them."""

    workers: int = RunOptions.workers
    max_failures: Limit | None = None
    """None: no limit, and in batches no failure at all."""
    serial: tuple[Share, ...] = ()
    """The sizes of the batches; none: all hosts at once."""
    pause_after_canary: bool = RunOptions.pause_after_canary
    skip: tuple[str, ...] = RunOptions.skip
    restarts_at_once: int = RunOptions.restarts_at_once
    drain: Drain = field(default_factory=Drain)
    patience: Patience = field(default_factory=Patience)
    confirm_high_impact: bool = RunOptions.confirm_high_impact
    override_window: str = RunOptions.override_window
    confirm_within: float | None = None
    self_confirm: bool = RunOptions.self_confirm
    no_backup: bool = RunOptions.no_backup
    backup_dir: str = RunOptions.backup_dir
    clock: Clock = field(default=lambda: datetime.now(UTC), compare=False)

    @property
    def sizes(self) -> tuple[Share, ...]:
        """The sizes of the batches: a pause after the canary needs a batch of one."""
        return self.serial or ((_ONE, _ALL) if self.pause_after_canary else ())

    @classmethod
    def from_named(cls, named: RunOptions) -> Options:
        """Return the options given by their names. Raises `UsageError`."""
        return cls(
            workers=named.workers,
            max_failures=_parsed("max_failures", named.max_failures, parse_limit),
            serial=_parsed("serial", named.serial, parse_sizes) or (),
            pause_after_canary=named.pause_after_canary,
            skip=named.skip,
            restarts_at_once=named.restarts_at_once,
            drain=Drain(named.max_sessions, named.drain_timeout, named.force_restart),
            patience=Patience(
                named.settle_timeout, named.reboot_timeout, named.poll, named.stable_for
            ),
            confirm_high_impact=named.confirm_high_impact,
            override_window=named.override_window,
            confirm_within=named.confirm_within,
            self_confirm=named.self_confirm,
            no_backup=named.no_backup,
            backup_dir=named.backup_dir,
        )

    def named(self) -> RunOptions:
        """Return the options by their names, the opposite of `from_named`."""
        return RunOptions(
            workers=self.workers,
            restarts_at_once=self.restarts_at_once,
            max_failures=str(self.max_failures or ""),
            serial=",".join(map(str, self.sizes)),
            pause_after_canary=self.pause_after_canary,
            skip=self.skip,
            max_sessions=self.drain.most,
            force_restart=self.drain.force,
            confirm_high_impact=self.confirm_high_impact,
            override_window=self.override_window,
            confirm_within=self.confirm_within,
            self_confirm=self.self_confirm,
            no_backup=self.no_backup,
            backup_dir=self.backup_dir,
            drain_timeout=self.drain.timeout,
            settle_timeout=self.patience.settle,
            stable_for=self.patience.stable,
            reboot_timeout=self.patience.reboot,
            poll=self.patience.poll,
        )

    def recorded(self) -> dict[str, Any]:
        """Return the record of the options for the journal: those that are not the default."""
        default = RunOptions()
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in vars(self.named()).items()
            if name in _ALWAYS_RECORDED or value != getattr(default, name)
        }

    @classmethod
    def restored(cls, recorded: Mapping[str, Any]) -> Options:
        """Return the options of a record; unknown names are ignored. Raises `UsageError`."""
        try:
            # As JSON, where pydantic takes a list for a tuple and is strict about everything else.
            named = _RECORD.validate_json(json.dumps(dict(recorded)), strict=True)
        except ValidationError as error:
            raise UsageError(": ".join(first_problem(error))) from None
        return cls.from_named(named)

    @classmethod
    def of_run(cls, run: Run, given: Mapping[str, Any] | None = None) -> Options:
        """Return the options that a run recorded, replaced by those given. Raises `UsageError`.

        The reason to ignore change windows was given for that run alone.
        """
        try:
            return cls.restored({**run.options, "override_window": "", **(given or {})})
        except UsageError as error:
            raise UsageError(
                f"run {run.id} has recorded an option that cannot be used, {error}: "
                "apply its plan file again"
            ) from None


def parse_limit(text: str) -> Limit:
    """Parse `--max-failures`. Raises `ValueError`."""
    limit = Limit.parse(text)
    if limit is None:
        raise ValueError(f"{text!r} is neither a number nor a percentage of hosts")
    return limit


def parse_sizes(text: str) -> tuple[Share, ...]:
    """Parse `--serial`. Raises `ValueError`."""
    sizes = []
    for part in map(str.strip, text.split(",")):
        size = Share.parse(part)
        if size is None:
            raise ValueError(f"invalid batch size {part!r} (use a number of hosts or 1% to 100%)")
        sizes.append(size)
    return tuple(sizes)


def _parsed(name: str, text: str, parse: Callable[[str], _Parsed]) -> _Parsed | None:
    """Parse the text of an option, if there is any."""
    try:
        return parse(text) if text else None
    except ValueError as error:
        raise UsageError(f"{name}: {error}") from None


def resolve_skip(options: Options, fleet: Inventory, hosts: Collection[str]) -> Options:
    """Replace the patterns of `--skip` by the names of those hosts that they match."""
    if not options.skip:
        return options
    try:
        skipped = select(fleet, ",".join(options.skip))
    except UsageError as error:
        raise UsageError(f"--skip: {error}") from None
    return replace(options, skip=tuple(h.name for h in skipped if h.name in hosts))
