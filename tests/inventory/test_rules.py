"""What an inventory rules about its groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from aovpn_remediate.inventory.loader import load_inventory
from aovpn_remediate.inventory.model import Floor, GroupRules


def test_rules_are_those_of_each_group_the_outermost_first(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").touch()
    path = tmp_path / "fleet.yaml"
    path.write_text(
        "groups:\n"
        "  nps: {keep_serving: 75%, hosts: [a, b, c, d, e]}\n"
        "  vpn: {playbooks: [rras-port-counts, ./own.yaml], keep_serving: 2, children: [nps]}\n"
        "  quiet: {hosts: [a]}\n"
        "all: {drift: report}\n",
        encoding="utf-8",
    )
    fleet = load_inventory(path)
    assert list(fleet.rules.items()) == [
        ("all", GroupRules(drift="report")),
        (
            "vpn",
            GroupRules(
                keep_serving=Floor(count=2),
                playbooks=("rras-port-counts", tmp_path / "own.yaml"),
            ),
        ),
        ("nps", GroupRules(keep_serving=Floor(percent=75))),
    ]
    assert fleet.floors == {"vpn": 2, "nps": 4}


@pytest.mark.parametrize(
    ("floor", "size", "number", "words"),
    [
        (Floor(count=2), 5, 2, "2"),
        (Floor(percent=50), 5, 3, "50%"),
        (Floor(percent=50), 4, 2, "50%"),
        (Floor(percent=33.3), 3, 1, "33.3%"),
        (Floor(percent=1), 100, 1, "1%"),
    ],
)
def test_a_share_is_rounded_up(floor: Floor, size: int, number: int, words: str) -> None:
    assert floor.of(size) == number
    assert str(floor) == words
