from __future__ import annotations

import pytest

from aovpn_remediate.reports.document import short_id
from aovpn_remediate.reports.text.layout import shortened
from aovpn_remediate.reports.words import count, duration, moment, names, seconds_between
from tests.reports.documents import EAP


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0.0 s"), (0.44, "0.4 s"), (12.6, "13 s"), (60, "1 min 0 s"), (3725, "62 min 5 s")],
)
def test_duration(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_count() -> None:
    assert [count(n, "host") for n in (0, 1, 2)] == ["0 hosts", "1 host", "2 hosts"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-11-21T02:03:04.5678901Z", "2026-11-21 02:03:04 UTC"),
        ("2026-11-21T03:03:04+01:00", "2026-11-21 02:03:04 UTC"),
        ("2026-11-21T02:03:04", "2026-11-21 02:03:04 UTC"),
        ("unknown", "unknown"),
        ("\x1b", "<U+001B>"),
    ],
)
def test_moment(text: str, words: str) -> None:
    assert moment(text) == words


def test_a_run_takes_no_negative_time() -> None:
    assert seconds_between("2026-11-21T02:03:04.900+00:00", "2026-11-21T02:03:04+00:00") == 0


def test_names() -> None:
    assert names(["a", "b"]) == "a, b"
    assert names(list("abcdefg")) == "a, b, c, d and 3 more"


@pytest.mark.parametrize(
    ("room", "lines"),
    [
        (200, [EAP]),
        (70, [r"HKLM\...\Services\RasMan\PPP\EAP\13  IgnoreNoRevocationCheck"]),
        (36, [r"HKLM\...\13  IgnoreNoRevocationCheck"]),
        (35, [r"HKLM\...\Services\RasMan\PPP\EAP\13", "IgnoreNoRevocationCheck"]),
    ],
)
def test_a_long_path_is_shortened_in_the_middle(room: int, lines: list[str]) -> None:
    assert shortened(EAP, room) == lines


@pytest.mark.parametrize(
    ("item", "short"),
    [
        ("book/eap-13", "eap-13"),
        ("book/after[0]", "after"),
        ("book/before[12]", "before"),
        ("book/eap-13@20261121-020304-ab12", "eap-13@20261121-020304-ab12"),
        ("alone", "alone"),
        ("", ""),
    ],
)
def test_short_id(item: str, short: str) -> None:
    assert short_id(item) == short
