"""Evidence in the text of a message, as a person copies it from a dialog or an event."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aovpn_remediate.diagnose.evidence import Evidence, What, code_of
from aovpn_remediate.diagnose.rules import Rules

LONGEST_MESSAGE = 20_000
_CODE = r"(0x[0-9a-f]{1,8}|-?[0-9]{1,10})\b"
_MENTIONS = {
    What.NPS_REASON: re.compile(rf"reason(?:\s+code)?\s*[:=]?\s*{_CODE}", re.IGNORECASE),
    What.CLIENT_ERROR: re.compile(rf"(?:error|fehler|code)[^\d\n]{{0,40}}?{_CODE}", re.IGNORECASE),
}
_HRESULT = re.compile(r"\b0x8[0-9a-f]{7}\b|(?<![0-9-])-2[01][0-9]{8}\b", re.IGNORECASE)
_EVENT = re.compile(r"\bevent(?:\s+id)?\s*[:=]?\s*([0-9]{1,5})\b", re.IGNORECASE)
_EVENTS = {
    **dict.fromkeys(range(6272, 6275), What.NPS_EVENT),
    **dict.fromkeys((21, 39, 40, 41, 45), What.KDC_EVENT),
    # 20220 to 20227 are those of RasClient, whose code counts.
    **dict.fromkeys((*range(20140, 20220), *range(20250, 20290)), What.RRAS_EVENT),
}


def evidence_in(message: str, rules: Rules) -> tuple[Evidence, ...]:
    """Return what a message tells: codes by the words before them, events, known phrases."""
    return tuple(dict.fromkeys(_found(message[:LONGEST_MESSAGE], rules)))


def _found(message: str, rules: Rules) -> Iterator[Evidence]:
    yield from _coded(What.CLIENT_ERROR, message)
    reasons = _MENTIONS[What.NPS_REASON]
    for match in reasons.finditer(message):
        yield from _coded(What.NPS_REASON, match[1])
    # `reason code 258` and `event 20227` are no errors of the client.
    rest = _EVENT.sub("\n", reasons.sub("\n", message))
    for match in _MENTIONS[What.CLIENT_ERROR].finditer(rest):
        yield from _coded(What.CLIENT_ERROR, match[1])
    for match in _HRESULT.finditer(message):
        yield from _coded(What.CLIENT_ERROR, match[0])
    for match in _EVENT.finditer(message):
        number = int(match[1])
        if what := _EVENTS.get(number):
            yield Evidence(what, number)
    folded = message.casefold()
    for phrase in rules.phrases:
        if phrase.text.casefold() in folded:
            yield Evidence(phrase.what, phrase.code)


def _coded(what: What, text: str) -> Iterator[Evidence]:
    try:
        code = code_of(text)
    except ValueError:
        return  # a text, or a number with more digits than a code has
    if what is What.CLIENT_ERROR and code == 1702:  # noqa: PLR2004 - RPC_S_INVALID_BINDING
        yield Evidence(What.NETSH_ERROR, code)
    else:
        yield Evidence(what, code)
