"""The rules of groups in an inventory."""

from __future__ import annotations

from pathlib import Path

import pytest

from aovpn_remediate.inventory.loader import load_inventory
from aovpn_remediate.inventory.model import GroupRules, Share


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
                keep_serving=Share(count=2),
                playbooks=("rras-port-counts", tmp_path / "own.yaml"),
            ),
        ),
        ("nps", GroupRules(keep_serving=Share(percent=75))),
    ]
    assert fleet.floors == {"vpn": 2, "nps": 4}


@pytest.mark.parametrize(
    ("text", "size", "at_least", "at_most"),
    [
        ("2", 5, 2, 2),
        ("50%", 5, 3, 2),
        ("50%", 4, 2, 2),
        ("33.3%", 3, 1, 1),
        ("1%", 100, 1, 1),
        ("10%", 5, 1, 1),
    ],
)
def test_a_share_of_hosts(text: str, size: int, at_least: int, at_most: int) -> None:
    share = Share.parse(text)
    assert share is not None
    assert (share.at_least(size), share.at_most(size), str(share)) == (at_least, at_most, text)


@pytest.mark.parametrize(
    "text", ["", "0", "0%", "101%", "1.5", "-1", "10 %", "%", "1e3", "1_000", "٣", "9999999"]
)
def test_texts_that_are_not_a_share(text: str) -> None:
    assert Share.parse(text) is None
