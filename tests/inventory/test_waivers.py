"""Files of waivers; the `#!` lines of a case file are its expected problems."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from aovpn_remediate.errors import InputError
from aovpn_remediate.inventory.loader import load_inventory
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.inventory.waivers import Waiver, load_waivers

CASES = sorted((Path(__file__).parent / "waivers").glob("*.yaml"))
TODAY = date(2026, 11, 21)


@pytest.fixture
def fleet(tmp_path: Path) -> Inventory:
    path = tmp_path / "fleet.yaml"
    path.write_text("waivers: sub/waivers.yaml\ngroups: {nps: {hosts: [nps-01, nps-02]}}")
    return load_inventory(path)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_problem_is_reported_in_one_line(path: Path, fleet: Inventory) -> None:
    text = path.read_text(encoding="utf-8")
    expected = [line[3:] for line in text.splitlines() if line.startswith("#! ")]

    with pytest.raises(InputError) as refused:
        load_waivers(path, fleet, TODAY)

    reported = str(refused.value).replace(f"{path}:", "").replace(str(fleet.path), "fleet.yaml")
    assert reported.splitlines() == expected
    assert refused.value.exit_code == 2


def test_waivers_keep_the_order_of_the_file(tmp_path: Path, fleet: Inventory) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text(
        """
        - host: NPS-01
          step: book/x
          reason: the vendor says so
          ticket: CHG0041
          expires: 2026-12-31
        - {group: All, step: "*/eap-*", reason: r, ticket: CHG2, expires: "2026-11-21"}
        """
    )

    first, second = load_waivers(path, fleet, TODAY)

    assert first == Waiver(
        "book/x", "the vendor says so", "CHG0041", date(2026, 12, 31), host="NPS-01"
    )
    assert str(first) == "CHG0041: the vendor says so (until 2026-12-31)"
    assert (second.host, second.group, second.expires) == ("", "All", TODAY)


@pytest.mark.parametrize(("text", "found"), [("{}", "a mapping"), ("x", "the text 'x'")])
def test_a_file_that_is_not_a_list_is_refused(
    tmp_path: Path, fleet: Inventory, text: str, found: str
) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text(text)

    with pytest.raises(InputError, match=f"should be a list of waivers, but is {found}"):
        load_waivers(path, fleet, TODAY)


def test_an_empty_list_has_no_waivers(tmp_path: Path, fleet: Inventory) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text("[]")

    assert load_waivers(path, fleet, TODAY) == ()


def test_waivers_are_found_beside_the_inventory(fleet: Inventory) -> None:
    assert fleet.waivers == fleet.path.parent.absolute() / "sub" / "waivers.yaml"
    with pytest.raises(InputError, match="no such file"):
        load_waivers(fleet.waivers, fleet, TODAY)
