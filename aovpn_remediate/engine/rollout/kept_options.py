"""The options of a run as the journal has them, where anybody may have written over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from aovpn_remediate.engine.parallel import Limit
from aovpn_remediate.inventory.model import Share

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
