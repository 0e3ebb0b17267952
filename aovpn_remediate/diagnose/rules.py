"""The rules: causes by the evidence that tells them, read from YAML files beside this module."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from aovpn_remediate.diagnose.evidence import Evidence, What, describe

_RULES = Path(__file__).with_name("rules.yaml")
_REASONS = Path(__file__).with_name("nps_reasons.yaml")


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Condition(_Data):
    """A kind of evidence with the codes that are meant."""

    what: What
    codes: tuple[int | str, ...]
    """Empty for any code, which only `not_with` may mean."""
    decides: bool = False
    """True for what tells the cause apart from others with the same symptom."""
    where: str = ""
    """Where to look for it, if it was not seen."""

    def holds(self, item: Evidence) -> bool:
        """Return True for evidence that is meant."""
        return item.what is self.what and (
            not self.codes or _folded(item.code) in map(_folded, self.codes)
        )

    @property
    def words(self) -> str:
        """The condition in words."""
        first = " or ".join(describe(self.what, code) for code in self.codes[:1])
        others = ", ".join(str(code) for code in self.codes[1:])
        both = f"{first}, or {others}" if others else first
        return f"{both} ({self.where})" if self.where else both


def _folded(code: int | str) -> int | str:
    return code.casefold() if isinstance(code, str) else code


class Rule(_Data):
    """A cause, and the evidence that tells it."""

    id: str
    cause: str
    needs: tuple[Condition, ...] = Field(min_length=1)
    not_with: tuple[Condition, ...] = ()
    """Evidence that excludes the cause."""
    explanation: str
    fix: str
    playbook: str = ""
    command: str = ""
    source: str
    beside: bool = False
    """True for a general rule, left out where the same evidence makes a special one likely."""
    pointer: bool = False
    """True for what is no cause yet, but says where it is told; left out where one is likely."""
    apart: bool = False
    """True for what may go on beside a failed connection: it excludes no other cause."""

    @model_validator(mode="after")
    def _decides(self) -> Rule:
        if not any(need.decides for need in self.needs):
            raise ValueError(f"{self.id}: nothing decides")
        return self


class Phrase(_Data):
    """A text by which a message is known, whatever stands around it."""

    text: str
    what: What
    code: int | str


class Rules(_Data):
    """All rules, and the phrases that give evidence."""

    rules: tuple[Rule, ...]
    phrases: tuple[Phrase, ...]
    codes: dict[int, str]
    """What a code of a client means, where no rule says it."""

    @cached_property
    def known(self) -> Mapping[What, frozenset[int | str]]:
        """The codes of each kind that rules ask for."""
        needs = [need for rule in self.rules for need in rule.needs]
        return {
            what: frozenset(code for need in needs if need.what is what for code in need.codes)
            for what in What
        }


@cache
def read_rules() -> Rules:
    """Return the rules of this version."""
    found: dict[str, Any] = yaml.safe_load(_RULES.read_text(encoding="utf-8"))
    reasons: dict[str, Any] = yaml.safe_load(_REASONS.read_text(encoding="utf-8"))
    found["rules"] += [_of_reason(code, row, reasons["sources"]) for code, row in _rows(reasons)]
    return Rules.model_validate(found)


def _rows(reasons: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    return sorted(reasons["reasons"].items())


def _of_reason(code: int, row: dict[str, Any], sources: dict[int, str]) -> dict[str, Any]:
    """Return the rule that NPS itself gives the reason."""
    return {
        "id": f"nps-reason-{code}",
        "cause": f"NPS refused the connection: {row['means']}",
        "needs": [{"what": "nps_reason", "codes": [code], "decides": True}],
        "explanation": f"Event 6273 (denied) or 6274 (discarded) of NPS gives reason {code}.",
        "fix": row["fix"],
        "playbook": row.get("playbook", ""),
        "source": sources[min(highest for highest in sources if code <= highest)],
        "beside": True,
    }
