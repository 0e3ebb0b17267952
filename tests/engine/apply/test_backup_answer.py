"""A backup that a host answers is whole and harmless, or none."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from aovpn_remediate.engine.apply.backup_answer import read_backup
from aovpn_remediate.errors import BackupFailed
from aovpn_remediate.results import MissingPart

Lines = list[dict[str, Any]]


def of_file(part: str, *pieces: bytes) -> Lines:
    whole = b"".join(pieces)
    digest = hashlib.sha256(whole).hexdigest()
    head = {"part": part, "size": len(whole), "sha256": digest, "pieces": len(pieces)}
    return [head, *({"part": part, "piece": n, "data": b64(p)} for n, p in enumerate(pieces))]


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def the_end(**more: Any) -> dict[str, Any]:
    return {"backup": "rras", "ok": True, "time": "2026-11-27T08:00:00Z", "missing": [], **more}


def read(lines: Lines) -> Any:
    return read_backup([json.dumps(line) for line in lines], "rras")


def refusal(lines: Lines) -> str:
    with pytest.raises(BackupFailed) as refused:
        read(lines)
    said = str(refused.value)
    assert "\n" not in said
    assert len(said) < 500
    return said


def test_files_of_several_pieces_are_put_together() -> None:
    found = read([*of_file("a.reg", b"\xff\xfe1", b"2"), *of_file("b.json", b"[]"), the_end()])
    assert found.files == {"a.reg": b"\xff\xfe12", "b.json": b"[]"}
    assert (found.missing, found.time) == ((), "2026-11-27T08:00:00Z")


def test_a_missing_part_has_its_reason_in_one_short_line() -> None:
    reason = "two\r\nlines " + "x" * 1000
    end = the_end(missing=[{"part": "netsh-ras-dump.txt", "reason": reason}])
    [missing] = read([*of_file("a.txt", b"1"), end]).missing
    shown = f"two lines {'x' * 290}..."
    assert missing == MissingPart(part="netsh-ras-dump.txt", reason=shown)


@pytest.mark.parametrize(
    "name",
    [
        *("../a.txt", "..\\a.txt", "/etc/passwd", "C:\\a.txt", "a/b.txt", "a.txt:b", ".a.txt"),
        *("a.exe", "a", "a.txt\n", "a\u2019.txt", "a*.txt", "a.txt.", "", "x" * 61 + ".txt"),
        *("a.txt\0", "\ud800.txt", "a b.txt"),
    ],
)
def test_a_file_of_another_name_is_refused(name: str) -> None:
    assert refusal([*of_file(name, b"1"), the_end()]).startswith("the host sent an invalid record")


@pytest.mark.parametrize("name", ["manifest.json", "MANIFEST.json", "con.txt", "NUL.json"])
def test_a_name_that_means_something_else_is_refused(name: str) -> None:
    said = refusal([*of_file(name, b"1"), the_end()])
    assert said == f"the host sent a file that cannot be kept: {name}"


def test_two_files_of_one_name_are_refused() -> None:
    said = refusal([*of_file("a.txt", b"1"), *of_file("A.txt", b"2"), the_end()])
    assert said == "the host sent a file that cannot be kept: A.txt"


def test_more_files_than_there_can_be_are_refused() -> None:
    files = [line for n in range(41) for line in of_file(f"a{n}.txt", b"1")]
    assert refusal([*files, the_end()]) == "the host sent more files than a backup can have"


def _cut(lines: Lines) -> Lines:
    return [lines[0], *lines[2:]]


def _twice(lines: Lines) -> Lines:
    return [*lines[:2], *lines[1:]]


def _other_order(lines: Lines) -> Lines:
    return [lines[0], lines[2], lines[1], lines[3]]


def _other_content(lines: Lines) -> Lines:
    return [lines[0], {**lines[1], "data": b64(b"9")}, *lines[2:]]


def _longer(lines: Lines) -> Lines:
    return [lines[0], {**lines[1], "data": b64(b"123")}, *lines[2:]]


def _no_base64(lines: Lines) -> Lines:
    return [lines[0], {**lines[1], "data": "*"}, *lines[2:]]


def _no_end(lines: Lines) -> Lines:
    return lines[:-1]


def _half(lines: Lines) -> Lines:
    return [*lines[:2], lines[-1]]


def _more(lines: Lines) -> Lines:
    return [*lines, lines[0]]


def _other_end(lines: Lines) -> Lines:
    return [*lines[:-1], the_end(backup="nps")]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_cut, "the host sent the pieces of a file in another order"),
        (_twice, "the host sent the pieces of a file in another order"),
        (_other_order, "the host sent the pieces of a file in another order"),
        (_other_content, "a.txt is not as the host has read it"),
        (_longer, "the host sent more of a.txt than it has"),
        (_no_base64, "the host sent a piece of a.txt that is no base64"),
        (_no_end, "the host did not send all of the backup"),
        (_half, "the host sent a.txt in part only"),
        (_more, "the host sent more after the end of the backup"),
        (_other_end, "no reason was given"),
    ],
)
def test_an_answer_that_is_not_whole_is_none(spoil: Callable[[Lines], Lines], said: str) -> None:
    lines = [*of_file("a.txt", b"1", b"2"), the_end()]
    assert read(lines).files == {"a.txt": b"12"}
    assert refusal(spoil(lines)) == said


@pytest.mark.parametrize(
    "line", ["", "x", "[]", "null", "1", '{"part": 1}', "{}", '{"piece": 0}', "[" * 100_000]
)
def test_a_line_of_another_form_is_refused(line: str) -> None:
    with pytest.raises(BackupFailed, match=r"an invalid record|in another order"):
        read_backup([line], "rras")


@pytest.mark.parametrize("size", [0, -1, 8 * 2**20 + 1, 2**70, "1", 1.0, True])
def test_a_size_of_no_file_is_refused(size: Any) -> None:
    head = {**of_file("a.txt", b"1")[0], "size": size}
    assert refusal([head]).startswith("the host sent an invalid record: size: ")


def test_an_answer_without_end_is_refused_before_it_fills_the_memory() -> None:
    def endless() -> Any:
        while True:
            yield from (json.dumps(line) for line in of_file("a.txt", b"x" * 2**20))

    with pytest.raises(BackupFailed, match=r"cannot be kept: a\.txt"):
        read_backup(endless(), "rras")
    with pytest.raises(BackupFailed, match="more than a backup can have"):
        read_backup([" " * (64 * 2**20 + 1)], "rras")


def test_a_backup_without_any_file_says_why() -> None:
    end = the_end(missing=[{"part": "a.txt", "reason": "denied"}])
    assert refusal([end]) == "nothing could be read (a.txt: denied)"
    assert refusal([the_end()]) == "nothing could be read"


def test_what_the_host_says_of_its_failure_is_one_short_line() -> None:
    error = {"id": "X", "message": "no\nway " + "\u2019" * 5000, "at": ""}
    assert refusal([the_end(ok=False, error=error)]).startswith("no way \u2019")
