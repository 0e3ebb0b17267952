"""Evidence in the text of a message, as a person copies it from a dialog or an event."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from aovpn_remediate.diagnose.evidence import Evidence, What, code_of
from aovpn_remediate.diagnose.rules import Rules

LONGEST_MESSAGE = 20_000
_NUMBER = r"(?:0x[0-9a-f]{1,8}|-?[0-9]{1,10})"
_CODE = rf"({_NUMBER})\b(?![.:/-]\d)"
_IS = r"\s{0,9}[:=#]?\s{0,9}"
_APART = r"[\s,;/+&]+"
_NUMBERS = re.compile(rf"{_NUMBER}(?:{_APART}{_NUMBER})*", re.IGNORECASE)
_REASON = re.compile(
    rf"\b(?:reason(?:[\s_-]?code)?|ursache(?:ncode)?|grund)(?:\sis)?{_IS}{_CODE}", re.IGNORECASE
)
_GRANTED = "0"
_FIRST_CODE_OF_CLIENTS = 600
"""The lowest error of RAS (raserror.h). All reasons of NPS are lower."""
_BESIDE_ITS_NAME = re.compile(
    rf"(?:error|erreur|fehler|code){_IS}{_CODE}"
    rf"|(?:returned\son\s(?:failure|termination)\sis|code\slautet){_IS}{_CODE}",
    re.IGNORECASE,
)
_NAME = re.compile(r"error|erreur|fehler|code|\b2022[67]\b", re.IGNORECASE)
_NEAR = 40
# Not a part of a date, a time, an address or a word: errors of RAS and of IKE.
_OF_CLIENTS = re.compile(r"(?<![\w.:/-])([6-8][0-9]{2}|1702|13[89][0-9]{2})\b(?![.:/-]?\d)")
_HRESULT = re.compile(
    r"\b0x8[0-9a-f]{7}\b|(?<![0-9-])-2[01][0-9]{8}\b|(?<![\w-])800[0-9a-f]{5}\b(?!-)", re.IGNORECASE
)
_EVENT = re.compile(
    rf"\b(?:event|ereignis)s?[\s-]?(?:id|code|kennung)?s?{_IS}([0-9]{{1,5}})\b", re.IGNORECASE
)
_DENIED = re.compile(r"\b(?:no|not|without|kein|keine|ohne)\s$", re.IGNORECASE)
_BUILD = re.compile(r"\bbuild\s([0-9]{5})\b", re.IGNORECASE)
_OWN_EVENTS = {
    **dict.fromkeys(range(6272, 6275), What.NPS_EVENT),
    **dict.fromkeys((39, 40, 41, 45), What.KDC_EVENT),
    # 20220 to 20227 are those of RasClient, whose code counts.
    **dict.fromkeys((*range(20140, 20220), *range(20250, 20290)), What.RRAS_EVENT),
}
"""The events that are known by their id alone."""
_ERRORS = (What.CLIENT_ERROR, What.NETSH_ERROR)
_DENIAL = Evidence(What.NPS_EVENT, 6273)
"""What a reason of NPS says better."""
_REFUSED = 21
_EVENTS_OF = (
    (
        re.compile(r"radius message|access-request|source:\s{0,9}nps\b", re.IGNORECASE),
        What.NPS_EVENT,
        (13, 17),
    ),
    (re.compile("rassstp", re.IGNORECASE), What.SSTP_EVENT, range(1, 33)),
    (re.compile("certificate ?connector", re.IGNORECASE), What.CONNECTOR_EVENT, range(1000, 6000)),
    (re.compile("kdc|kerberos", re.IGNORECASE), What.KDC_EVENT, range(19, 210)),
    (re.compile(""), What.KDC_EVENT, range(_REFUSED, _REFUSED + 1)),
)
"""The events that are known with their source, which the text has to name."""


def evidence_in(message: str, rules: Rules) -> tuple[Evidence, ...]:
    """Return what a message tells: codes by the words before them, events, known phrases."""
    text = message[:LONGEST_MESSAGE]
    if _NUMBERS.fullmatch(text.strip()):
        found = [_of_number(number, rules) for number in re.split(_APART, text.strip())]
    else:
        found = list(_found(text, rules))
        if not any(item.what in _ERRORS for item in found) and "\n" not in text.strip():
            found += _known(text, rules)
    if any(item.what is What.NPS_REASON for item in found):
        found = [item for item in found if item != _DENIAL]
    if Evidence(What.KDC_EVENT, _REFUSED) in found:
        found = [_as_status(item) for item in found]
    return tuple(dict.fromkeys(found))


def _found(message: str, rules: Rules) -> Iterator[Evidence]:
    yield from _reasons_and_errors(message)
    for match in _EVENT.finditer(message):
        if not _DENIED.search(message[max(0, match.start() - _NEAR) : match.start()]):
            yield from _of_event(int(match[1]), message)
    for match in _BUILD.finditer(message):
        yield Evidence(What.CLIENT_BUILD, int(match[1]))
    folded = message.casefold()
    for phrase in rules.phrases:
        if phrase.text.casefold() in folded:
            yield Evidence(phrase.what, phrase.code)


def _reasons_and_errors(message: str) -> Iterator[Evidence]:
    for match in _REASON.finditer(message):
        if match[1] != _GRANTED:
            yield from _coded(What.NPS_REASON, match[1])
    # `reason code 258` and `event 6273` are no errors of the client.
    rest = _EVENT.sub(_without_event, _REASON.sub("\n", message))
    for match in _BESIDE_ITS_NAME.finditer(rest):
        yield from _coded(What.CLIENT_ERROR, match[1] or match[2])
    for match in _OF_CLIENTS.finditer(rest):
        before = rest[max(0, match.start() - _NEAR) : match.start()].rpartition("\n")[2]
        if _NAME.search(before):
            yield from _coded(What.CLIENT_ERROR, match[1])
    for match in _HRESULT.finditer(message):
        bare = match[0][:3] == "800"
        yield from _coded(What.CLIENT_ERROR, f"0x{match[0]}" if bare else match[0])


def _without_event(match: re.Match[str]) -> str:
    return match[1] if match[1] in ("20226", "20227") else "\n"


def _known(message: str, rules: Rules) -> Iterator[Evidence]:
    """Return codes without any word before them, such as `VPN: 809`, that a rule asks for."""
    for match in _OF_CLIENTS.finditer(message):
        if int(match[1]) in rules.known[What.CLIENT_ERROR]:
            yield Evidence(What.CLIENT_ERROR, int(match[1]))


def _of_event(number: int, message: str) -> Iterator[Evidence]:
    for source, what, numbers in _EVENTS_OF:
        if number in numbers and source.search(message):
            yield Evidence(what, number)
            return
    if what_alone := _OWN_EVENTS.get(number):
        yield Evidence(what_alone, number)


def _of_number(text: str, rules: Rules) -> Evidence:
    """Return what a number alone is most likely: an event, a reason of NPS, an error."""
    try:
        code = code_of(text)
    except ValueError:
        return Evidence(What.MESSAGE, text)
    if what := _OWN_EVENTS.get(code):
        return Evidence(what, code)
    if code in rules.known[What.NPS_REASON]:
        return Evidence(What.NPS_REASON, code)
    return next(_coded(What.CLIENT_ERROR, text))


def _as_status(item: Evidence) -> Evidence:
    """Return the HRESULT in a text of event 21 as the status of this event."""
    hresult = item.what is What.CLIENT_ERROR and isinstance(item.code, int) and item.code >> 31
    return replace(item, what=What.KDC_STATUS) if hresult else item


def _coded(what: What, text: str) -> Iterator[Evidence]:
    try:
        code = code_of(text)
    except ValueError:
        return  # a text, or a number with more digits than a code has
    if what is What.NPS_REASON and code >= _FIRST_CODE_OF_CLIENTS:
        what = What.CLIENT_ERROR
    if what is What.CLIENT_ERROR and code == 1702:  # noqa: PLR2004 - RPC_S_INVALID_BINDING
        what = What.NETSH_ERROR
    yield Evidence(what, code)
