"""Files of backups: names that are safe on any file system, and rights of the user alone."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from aovpn_remediate.engine.apply.backup_files import folder_name, make_folder, write_files
from aovpn_remediate.errors import BackupFailed

ORDINARY = ("rras-01", "RRAS_01", "vpn.corp.example", "10.0.0.1", "20261127-080000-1a2b")
HOSTILE = (
    *("..", ".", "", "...", "../../etc", "..\\..\\x", "/abs", "C:\\x", "a:b", "fe80::1", "a/b"),
    *("con", "NUL", "com1.txt", "lpt9", "x.", "x ", " x", "a\0b", "a\nb", "*", "?", "\u2019"),
    *("\u202e", "\ud800", "\u00fc", "x" * 300, "~", "$HOME", "-rf"),
)


@pytest.fixture
def loose_umask() -> Iterator[None]:
    """Whoever runs the program lets others read what it writes."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_name_stays_as_it_is(name: str) -> None:
    assert folder_name(name) == name


@pytest.mark.parametrize("name", HOSTILE)
def test_any_other_name_becomes_one_safe_name(name: str) -> None:
    made = folder_name(name)
    assert made.isascii()
    assert not set(made) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
    assert made[-1] not in ". "
    assert len(made) <= 100
    assert made.split(".")[0].lower() not in ("con", "nul", "com1", "lpt9")


def test_no_two_names_become_one() -> None:
    names = {*ORDINARY, *HOSTILE, "a_b", "a;b", "a,b", "x" * 299}
    assert len({folder_name(name).casefold() for name in names}) == len(names)


@pytest.mark.usefixtures("loose_umask")
def test_nobody_else_may_read_anything(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "new", "run", "host")
    write_files(folder, {"a.txt": b"1"})
    assert folder == tmp_path / "new" / "runs" / "run" / "host"
    for each in (folder, *folder.parents[:3]):
        assert stat.S_IMODE(each.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "a.txt").stat().st_mode) == 0o600


def test_a_folder_and_a_file_that_are_there_are_not_touched(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, "run", "host")
    write_files(folder, {"a.txt": b"1"})
    with pytest.raises(BackupFailed, match="File exists"):
        make_folder(tmp_path, "run", "host")
    with pytest.raises(BackupFailed, match="File exists"):
        write_files(folder, {"a.txt": b"2"})
    assert (folder / "a.txt").read_bytes() == b"1"


def test_no_link_is_followed(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, "run", "host")
    (folder / "a.txt").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BackupFailed, match="File exists"):
        write_files(folder, {"a.txt": b"2"})
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BackupFailed, match=r"cannot be written: (Not a directory|File exists)"):
        make_folder(tmp_path / "file", "run", "host")
