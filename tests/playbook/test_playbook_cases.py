"""Invalid playbooks; the `#!` lines of a case file are its expected problems."""

from __future__ import annotations

from pathlib import Path

import pytest

from aovpn_remediate.errors import PlaybookError
from aovpn_remediate.playbook.loader import load_playbook

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_problem_is_reported_in_one_line(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    expected = [line[3:] for line in text.splitlines() if line.startswith("#! ")]

    with pytest.raises(PlaybookError) as refused:
        load_playbook(path).resolve({})

    assert str(refused.value).replace(f"{path}:", "").splitlines() == expected
