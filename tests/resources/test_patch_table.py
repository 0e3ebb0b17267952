"""The tables of floors and hotpatches: every row judged, and every mistake told with its place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from aovpn_remediate.errors import InputError
from aovpn_remediate.resources.patch_level import PatchAnswer, PatchLevel, level_of
from aovpn_remediate.resources.patch_table import (
    FLOORS,
    HOTPATCHES,
    Hotpatch,
    load_tables,
    patch_table,
    ubr_of,
)
from aovpn_remediate.resources.security_floors import SecurityFloors

_TABLE = patch_table()
_TYPES = {"server": "ServerNT", "client": "WinNT"}
_FIXED = [
    pytest.param(floor, product, id=f"{floor.cve}-{product}")
    for floor in _TABLE.floors
    for product in floor.floor
]
_MONTHS = [
    pytest.param(product, row, id=f"{product}-{row.build}")
    for product, rows in _TABLE.hotpatches.items()
    for row in rows
    if row.lcu
]


def _answer(product: str, ubr: int, **more: Any) -> dict[str, Any]:
    found = _TABLE.products[product]
    none = dict.fromkeys(("package", "policy", "vbs", "table"), False)
    plain = {"ubr": ubr, "product": _TYPES[found.type], "hotpatch": none, "updates": None}
    return {"build": found.build, **plain, "running": [], **more}


def _level(product: str, ubr: int, *, updates: tuple[str, ...] | None = None) -> PatchLevel:
    whole = {"package": True, "policy": True, "vbs": True, "table": True}
    told = _answer(product, ubr, hotpatch=whole, updates=updates and list(updates))
    del told["running"]
    level = level_of(PatchAnswer.model_validate(told))
    assert isinstance(level, PatchLevel)
    return level


@pytest.mark.parametrize(("floor", "product"), _FIXED)
def test_each_floor_parts_open_from_fixed(floor: Any, product: str) -> None:
    [role, *_] = _TABLE.exposure[floor.component].roles
    resource, ubr = SecurityFloors(role=role), ubr_of(floor.floor[product])
    here = resource.normalise(_answer(product, ubr))
    below = resource.normalise(_answer(product, ubr - 1))
    assert floor.cve not in (here or {})["open"]
    assert floor.cve in (below or {})["open"]


def test_no_floor_for_those_affected_is_a_finding() -> None:
    for floor in _TABLE.floors:
        for product in floor.floor_if_affected:
            for role in _TABLE.exposure[floor.component].roles:
                state = SecurityFloors(role=role).normalise(_answer(product, 1))
                assert floor.cve not in (state or {})["open"]


@pytest.mark.parametrize(("product", "row"), _MONTHS)
def test_each_hotpatch_has_the_fixes_of_its_month(product: str, row: Hotpatch) -> None:
    floor = ubr_of(row.lcu or "")
    assert row.ubr < floor
    assert _level(product, row.ubr).reaches(floor, row.month) is True
    assert _level(product, row.ubr - 1).reaches(floor, row.month) is False
    assert _level(product, floor).reaches(floor, row.month) is True


def test_a_hotpatch_newer_than_the_table_is_told_by_its_kb() -> None:
    newest = _TABLE.hotpatches["ws2025"][-1].ubr
    later = newest + 1
    assert _level("ws2025", newest).reaches(99999, "2026-07") is False
    assert _level("ws2025", later).reaches(99999, "2026-07") is None
    assert _level("ws2025", later, updates=("KB5087423",)).reaches(99999, "2026-07") is None
    assert _level("ws2025", later, updates=("KB5087423",)).reaches(99999, "2026-05") is True
    assert _level("ws2025", later).reaches(99999, "2026-05") is True, "each holds those before"


def test_a_month_of_which_nothing_is_known_cannot_be_told() -> None:
    assert _level("ws2022", 4171).has_month("2025-09") is True
    assert _level("ws2022", 3000).has_month("2025-09") is False
    assert _level("ws2022", 4171).has_month("2031-01") is None


def test_the_tables_say_nothing_of_a_product_without_hotpatches() -> None:
    level = _level("ws2019", 1)
    assert not level.is_hotpatched
    assert level.reaches(2, "2026-05") is False


_FIRST = "CVE-2025-21208"
_MISTAKES: dict[str, tuple[str, str, str]] = {
    "a word for a number": ("cvss: 8.8", "cvss: high", r":\d+:11: floors.0.cvss: .*number"),
    "an unknown field": ('effect: "tamp', 'effekt: "tamp', r":\d+:\d+: floors.\d+.effekt: Extra"),
    "a build that is none": ('"26100.3194"', '"26100"', r":\d+:\d+: floors.0.floor.ws2025: "),
    "another product's build": ('"26100.3194"', '"20348.3194"', f"{_FIRST}: 20348.3194 is no"),
    "a number that goes back": ('"26100.33158"', '"26100.8893"', "ws2025: 8893 of 2026-07 is not"),
    "an unknown product": ("{ws2019: ", "{ws2091: ", "CVE-2025-29835: products has no ws2091"),
    "an unknown component": ('"SSTP"', '"XSTP"', "exposure has no component XSTP"),
    "an unknown role": ("roles: [rras]", "roles: [rars]", r":\d+:\d+: exposure.RRAS.roles.0: "),
    "a CVE twice": ("CVE-2025-21410", _FIRST, f"cve {_FIRST} is there twice"),
    "a key twice": (
        "    exploited: false",
        "    cvss: 1\n    exploited: false",
        "cvss: is there tw",
    ),
    "a month that is none": ('release: "2025-02"', 'release: "2025-13"', r"floors.0.release: "),
    "both lists": (
        'floor_if_affected: {ws2019: "17763.7314"',
        'floor_if_affected: {ws2016: "14393.8066"',
        "CVE-2025-29835: ws2016 is in floor and in floor_if_affected",
    ),
    "an update of nothing": ("{ws2012r2: KB5052042", "{ws2012r3: KB5052042", "has no ws2012r3"),
    "a KB that is none": ("KB5052042", "5052042", r"updates.2025-02.ws2012r2: "),
    "two of one build": ("{build: 17763,", "{build: 14393,", "product server 14393 is there twi"),
    "no YAML": ("floors:\n", "floors: [}\n", "expected the node content"),
    "a control character": ('"denial of service"', '"a\\nb"', r"floors.\d+.effect: "),
}


@pytest.mark.parametrize(("old", "new", "said"), _MISTAKES.values(), ids=_MISTAKES)
def test_a_mistake_is_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = FLOORS.read_text("utf-8")
    assert old in text
    path = tmp_path / "floors.yaml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(InputError) as caught:
        load_tables(path, HOTPATCHES)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(str(path)) for line in lines)
    assert any(re.search(said, line) for line in lines), lines


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("type: h", "type: x", r":\d+:\d+: ws2025.0.type: "),
        ("26100.2528", "26100.2000", "the builds of ws2025 do not rise"),
        ("26100.2528", "20348.2528", "20348.2528 is no build of Windows Server 2025"),
        ("ws2022:", "ws2012:", "products has no ws2012"),
    ],
)
def test_a_mistake_in_hotpatches_is_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "hotpatches.yaml"
    path.write_text(HOTPATCHES.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(InputError, match=said):
        load_tables(FLOORS, path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_tables(tmp_path / "floors.yaml", HOTPATCHES)


def test_a_new_cve_is_one_row(tmp_path: Path) -> None:
    path = tmp_path / "floors.yaml"
    row = """\
  - {cve: CVE-2026-99999, published: "2026-11-10", component: RRAS, effect: tampering,
     cvss: null, vector: null, attacker: null, exploited: true, release: "2026-11",
     floor: {ws2022: "20348.5900"}}
"""
    path.write_text(FLOORS.read_text("utf-8") + row, "utf-8")
    table = load_tables(path, HOTPATCHES)
    assert table.floor_of("2026-11", "ws2022") == 5900
    assert table.floors[-1].urgency > table.floors[0].urgency
