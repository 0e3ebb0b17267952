"""Inputs that are nearly profiles: each made from a good one by a few seeded faults."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

from tests.inspect.profiles.made import (
    DEVICE_COMPLIANCE,
    TLS_EXTENSIONS,
    device,
    eap,
    escaped,
    export,
    in_base64,
    peap,
    route,
    setting,
    tls,
    user,
)

_PROFILES = (
    user(
        before_native=DEVICE_COMPLIANCE,
        configuration=eap(peap(inner=tls(extensions=TLS_EXTENSIONS))),
        routes=route("172.21.12.0", 21, "<Metric>1</Metric>") + route("2001:db8::1", 32),
    ),
    user(configuration=escaped(eap())),
    device(),
    eap(tls(), 13),
)
_WRAPPINGS: tuple[Callable[[str], bytes], ...] = (
    str.encode,
    lambda text: text.encode("utf-16"),
    lambda text: text.replace("\n", "\r\n").encode("utf-8-sig"),
    lambda text: export(setting(text), setting("other", omaUri="./x")).encode(),
    lambda text: export(setting(in_base64(text))).encode("utf-16"),
)
_ELEMENT = re.compile(r"<(\w+)[^<>/]*>(?:(?!<\1[\s>]).)*?</\1>\n?", re.DOTALL)
_VALUE = re.compile(r"(?<=>)[^<>]+(?=</)")
_VALUES = (
    *("", " ", "true", "TRUE", "1", "IKEv2", "Certificate", "Eap", "ForceTunnel", "25", "13"),
    *("10.0.0.1", "::1", "224.0.0.1", "fe80::1%eth0", "0", "32", "128", "129", "-1", "\u0661"),
    *("NPS-01.corp.example", "nps-01.CORP.example;x", "^nps.*$", ";;", "a" * 5000, "&lt;a/&gt;"),
    *("<!-- c -->10.1.2.3", "<![CDATA[172.21.12.0]]>", "\u202e", "&#10;", "\U0001f600", "]]&gt;"),
)
_TOKENS = (
    *(b"<", b">", b"&", b'"', b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?x ?>", b"\0", b"\xff"),
    *(b"&#0;", b"&#55296;", b"&lt;", b"&amp;lt;", b"\xed\xa0\x80", b"\\ud800", b"\\u0000"),
    *(b"<Route>", b"</Route>", b"<Route/>", b"<!DOCTYPE a>", b'<!ENTITY a "b">', b"{", b"[["),
)


def mutated(seed: int) -> bytes:
    """The input of a seed."""
    chance = random.Random(seed)  # noqa: S311 - the same inputs each time
    text = chance.choice(_PROFILES)
    for _ in range(chance.randint(1, 6)):
        text = chance.choice(_TEXT_FAULTS)(chance, text)
    data = bytearray(chance.choice(_WRAPPINGS)(text))
    if chance.random() < _BROKEN:
        for _ in range(chance.randint(1, 3)):
            chance.choice(_BYTE_FAULTS)(chance, data)
    return bytes(data)


def mutated_inputs(first: int, number: int) -> Iterator[bytes]:
    """So many inputs, the same each time."""
    return (mutated(seed) for seed in range(first, first + number))


_BROKEN = 0.4
"""The share of inputs with faults in their bytes, most of which are no XML any more."""


def _element(chance: random.Random, text: str) -> re.Match[str] | None:
    return _ELEMENT.search(text, chance.randrange(len(text) + 1))


def _drop_element(chance: random.Random, text: str) -> str:
    found = _element(chance, text)
    return text[: found.start()] + text[found.end() :] if found else text


def _repeat_element(chance: random.Random, text: str) -> str:
    found = _element(chance, text)
    return text[: found.end()] + found[0] + text[found.end() :] if found else text


def _move_element(chance: random.Random, text: str) -> str:
    found, to = _element(chance, text), _element(chance, text)
    if not found or not to or found.start() <= to.start() < found.end():
        return text
    place = to.start() - (len(found[0]) if to.start() > found.start() else 0)
    rest = text[: found.start()] + text[found.end() :]
    return rest[:place] + found[0] + rest[place:]


def _rename_element(chance: random.Random, text: str) -> str:
    found = _element(chance, text)
    if not found:
        return text
    name = chance.choice((found[1].lower(), "Route", "Address", "Eap", "NativeProfile", "Sso"))
    renamed = found[0].replace(f"<{found[1]}", f"<{name}", 1)
    renamed = renamed[: renamed.rindex("</")] + f"</{name}>"
    return text[: found.start()] + renamed + text[found.end() :]


def _set_value(chance: random.Random, text: str) -> str:
    found = _VALUE.search(text, chance.randrange(len(text) + 1))
    new = chance.choice(_VALUES)
    return text[: found.start()] + new + text[found.end() :] if found else text


def _comment(chance: random.Random, text: str) -> str:
    found = _element(chance, text)
    new = chance.choice(("<!-- a <b> -->", "<!--x-->\n", "<?pi x?>", ">", " stray "))
    return text[: found.start()] + new + text[found.start() :] if found else text


def _place(chance: random.Random, data: bytearray) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + chance.choice((1, 2, 5, 20, 100, 1000)))


def _flip(chance: random.Random, data: bytearray) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _drop(chance: random.Random, data: bytearray) -> None:
    start, end = _place(chance, data)
    del data[start:end]


def _repeat(chance: random.Random, data: bytearray) -> None:
    start, end = _place(chance, data)
    data[start:start] = data[start:end]


def _insert(chance: random.Random, data: bytearray) -> None:
    to = chance.randrange(len(data) + 1)
    data[to:to] = chance.choice(_TOKENS)


_TEXT_FAULTS: tuple[Callable[[random.Random, str], str], ...] = (
    *(_drop_element, _repeat_element, _move_element, _rename_element, _comment),
    *(_set_value, _set_value, _set_value),
)
_BYTE_FAULTS: tuple[Callable[[random.Random, bytearray], None], ...] = (
    *(_flip, _drop, _repeat, _insert),
)
