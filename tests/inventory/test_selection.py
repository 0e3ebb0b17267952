"""The hosts that a pattern selects."""

from __future__ import annotations

from pathlib import Path

import pytest

from aovpn_remediate.errors import UsageError
from aovpn_remediate.inventory.model import Host, Inventory
from aovpn_remediate.inventory.selection import select

HOSTS = ("nps-01", "NPS-02", "rras-01", "rras-02", "rras-lab")
FLEET = Inventory(
    Path("fleet.yaml"),
    {name: Host(name) for name in HOSTS},
    {
        "vpn": HOSTS,
        "nps": ("nps-01", "NPS-02"),
        "rras": ("rras-01", "rras-02", "rras-lab"),
        "spare": (),
    },
)


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("all", HOSTS),
        ("*", HOSTS),
        ("vpn", HOSTS),
        ("nps", ("nps-01", "NPS-02")),
        ("NPS", ("nps-01", "NPS-02")),
        ("nps-02", ("NPS-02",)),
        ("rras-02,nps-01", ("nps-01", "rras-02")),
        ("rras-0?", ("rras-01", "rras-02")),
        ("rras-0[2-9]", ("rras-02",)),
        ("r*", ("rras-01", "rras-02", "rras-lab")),
        ("rras,!rras-01", ("rras-02", "rras-lab")),
        (" rras , ! *lab ", ("rras-01", "rras-02")),
        ("!rras", ("nps-01", "NPS-02")),
        ("!rras,nps,!nps-01", ("NPS-02",)),
        ("vpn,!NPS", ("rras-01", "rras-02", "rras-lab")),
    ],
)
def test_a_pattern_selects_hosts_in_the_order_of_the_inventory(
    pattern: str, names: tuple[str, ...]
) -> None:
    assert tuple(host.name for host in select(FLEET, pattern)) == names


@pytest.mark.parametrize(
    ("limit", "names"),
    [("nps-01", ["nps-01"]), ("!nps-01", ["NPS-02"]), ("*-0[12]", ["nps-01", "NPS-02"])],
)
def test_a_limit_narrows_the_selection(limit: str, names: list[str]) -> None:
    assert [host.name for host in select(FLEET, "nps", limit)] == names


@pytest.mark.parametrize(
    ("pattern", "limit", "problem"),
    [
        ("npps", None, "'npps' matches no host in fleet.yaml (did you mean nps?)"),
        ("nps,rras-1*", None, "'rras-1*' matches no host in fleet.yaml (did you mean rras-01?)"),
        ("nps,!nps-03", None, "'nps-03' matches no host in fleet.yaml (did you mean NPS-02?)"),
        ("spare", None, "'spare' matches no host in fleet.yaml"),
        ("nps,", None, "'': a part of the pattern is empty"),
        ("!", None, "'!': a part of the pattern is empty"),
        ("nps,!nps-*", None, "'nps,!nps-*' excludes every host that it matches"),
        ("nps", "rras-01", "--limit 'rras-01' matches no host of 'nps'"),
        ("nps", "xyz", "--limit 'xyz' matches no host in fleet.yaml"),
        ("nps", "", "--limit '': a part of the pattern is empty"),
    ],
)
def test_a_pattern_that_matches_nothing_is_reported_in_one_line(
    pattern: str, limit: str | None, problem: str
) -> None:
    with pytest.raises(UsageError) as refused:
        select(FLEET, pattern, limit)

    assert str(refused.value) == problem
