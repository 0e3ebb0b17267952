"""The schema of change windows."""

from __future__ import annotations

from aovpn_remediate.inventory.window_fields import _WEEKDAYS
from aovpn_remediate.inventory.windows import DAYS
from aovpn_remediate.resources.rules import any_case
from aovpn_remediate.schemas.models import Schema

_DAY = rf"\s*({'|'.join(map(any_case, (*DAYS, *_WEEKDAYS)))})\s*"
_RANGE = f"{_DAY}(-{_DAY})?"
_TIME = "([01]?[0-9]|2[0-3]):[0-5][0-9]"


def _text(pattern: str, words: str, *examples: str) -> Schema:
    return {
        "description": words,
        "type": "string",
        "pattern": pattern,
        "examples": list(examples),
    }


WINDOWS: Schema = {
    "description": "When hosts may be changed; [] is at any time. Those of a host or an inner "
    "group replace those of an outer one.",
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "days": {
                "description": "The days on which it opens.",
                "anyOf": [
                    {"type": "string", "pattern": f"^{_RANGE}(,{_RANGE})*$"},
                    {
                        "type": "array",
                        "items": {"type": "string", "pattern": f"^{_RANGE}$"},
                        "minItems": 1,
                    },
                ],
                "examples": ["sat-sun", "mon,wed-fri"],
            },
            "dates": {
                "description": "The dates on which it opens, instead of days.",
                "type": "array",
                "items": _text(
                    "^2[0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", "A date.", "2026-12-24"
                ),
                "minItems": 1,
            },
            "from": _text(f"^{_TIME}$", "The time of day at which it opens, in quotes.", "22:00"),
            "to": _text(
                f"^({_TIME}|24:00)$",
                "The time at which it closes, in quotes; before `from` it is the next day's.",
                "04:00",
                "24:00",
            ),
            "timezone": _text(
                "^[A-Za-z][A-Za-z0-9_+/. ()-]*$",
                "Whose clock that is; Windows' names of time zones as well.",
                *("Europe/Vienna", "UTC", "W. Europe Standard Time"),
            ),
        },
        "required": ["from", "to", "timezone"],
        "oneOf": [{"required": ["days"]}, {"required": ["dates"]}],
        "additionalProperties": False,
    },
}
