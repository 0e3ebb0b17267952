"""The example of each kind, read as a playbook has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from aovpn_remediate.playbook.examples import example_text
from aovpn_remediate.playbook.loader import load_playbook
from aovpn_remediate.resources import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_is_a_step(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "book.yaml"
    header = "name: x\nsummary: x\nhosts: x\nsteps:\n  - id: example\n"
    path.write_text(f"{header}    {example_text(KINDS[kind])}\n", encoding="utf-8")
    [step] = load_playbook(path).resolve({}).steps
    assert step.resource == KINDS[kind].model_validate(KINDS[kind].example)
