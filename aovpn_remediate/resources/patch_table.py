"""The tables of security floors and hotpatches, as their files have them, checked when loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError, model_validator

from aovpn_remediate.errors import InputError, Problem
from aovpn_remediate.resources.roles import Role
from aovpn_remediate.resources.table_file import read_table

FLOORS = Path(__file__).with_name("floors.yaml")
HOTPATCHES = Path(__file__).with_name("hotpatches.yaml")

Month = Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
Kb = Annotated[str, Field(pattern=r"^KB[0-9]{7}$")]
Build = Annotated[str, Field(pattern=r"^[0-9]{4,5}\.[0-9]{1,5}$")]
"""`build.ubr`, always of the build of its product."""
Text = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f]+$")]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Product(_Row):
    """A Windows by the type of its product and its build."""

    build: int
    type: Literal["server", "client"]
    name: Text
    ended: Month | None = None
    """The last month with fixes."""


class Exposure(_Row):
    """The roles that a component exposes, and the service that does so wherever it runs."""

    roles: Annotated[tuple[Role, ...], Field(strict=False)]
    service: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,80}$")] | None = None


class Floor(_Row):
    """A CVE, and the first build without it for each product."""

    cve: Annotated[str, Field(pattern=r"^CVE-20[0-9]{2}-[0-9]{4,7}$")]
    published: Annotated[str, Field(pattern=r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}$")]
    component: str
    effect: Text
    cvss: Annotated[float, Field(ge=0, le=10)] | None
    vector: Annotated[str, Field(pattern=r"^AV:[NALP]/AC:[LH]/PR:[NLH]/UI:[NR]$")] | None
    attacker: Text | None
    exploited: bool
    release: Month
    """The month of the cumulative update that has the fix."""
    floor: Mapping[str, Build]
    floor_if_affected: Mapping[str, Build] = {}
    """The month's build of products of which the record was not read: never a finding."""
    note: Text | None = None

    @property
    def needs_nobody(self) -> bool:
        """True if an attacker on the network needs no account and no user."""
        return self.vector is not None and self.vector.startswith("AV:N") and self._alone

    @property
    def _alone(self) -> bool:
        return "/PR:N/UI:N" in (self.vector or "")

    @property
    def urgency(self) -> tuple[bool, bool, float, str]:
        """The greater, the more urgent."""
        return (self.exploited, self.needs_nobody, self.cvss or 0.0, self.release)


class Hotpatch(_Row):
    """A month's build of a hotpatched Windows: a baseline, a hotpatch, or one out of band."""

    month: Month
    type: Literal["b", "h", "o"]
    build: Build
    kb: Kb | None = None
    lcu: Build | None = None
    """The build of the month's cumulative update."""

    @property
    def ubr(self) -> int:
        """The second number of its build."""
        return ubr_of(self.build)


class _Hotpatches(RootModel[Mapping[str, tuple[Hotpatch, ...]]]):
    model_config = ConfigDict(frozen=True)


class _Floors(_Row):
    checked: Annotated[str, Field(pattern=r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}$")]
    products: Mapping[str, Product]
    exposure: Mapping[str, Exposure]
    updates: Mapping[Month, Mapping[str, Kb | None]]
    floors: Annotated[tuple[Floor, ...], Field(strict=False, min_length=1)]


class PatchTable(_Floors):
    """Both tables, which agree."""

    hotpatches: Mapping[str, Annotated[tuple[Hotpatch, ...], Field(strict=False)]]

    def product_of(self, build: int, product_type: str) -> str | None:
        """Return the product; None for one that the table does not know."""
        wanted = (build, product_type)
        return next((n for n, p in self.products.items() if (p.build, p.type) == wanted), None)

    def update_of(self, month: str, product: str) -> str | None:
        """Return the KB of a month's cumulative update; None where it is not known."""
        return self.updates.get(month, {}).get(product)

    def newest_floor(self, product: str) -> str:
        """Return the newest month with a floor for a product."""
        return max((f.release for f in self.floors if product in f.floor), default="none")

    def floor_of(self, month: str, product: str) -> int | None:
        """Return the UBR of a month's cumulative update; None where it is not known."""
        found = [
            ubr_of(builds[product])
            for floor in self.floors
            for builds in (floor.floor, floor.floor_if_affected)
            if floor.release == month and product in builds
        ]
        return min(found, default=None)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if wrong := next(_contradictions(self), None):
            raise ValueError(wrong)
        return self


def ubr_of(build: str) -> int:
    """Return the second number of `build.ubr`."""
    return int(build.partition(".")[2])


@cache
def patch_table() -> PatchTable:
    """Return the tables of this version. Raises `InputError`."""
    return load_tables(FLOORS, HOTPATCHES)


def load_tables(floors: Path, hotpatches: Path) -> PatchTable:
    """Read both tables. Raises `InputError` with a line for each problem."""
    first, second = read_table(floors, _Floors), read_table(hotpatches, _Hotpatches)
    try:
        return PatchTable(**dict(first), hotpatches=second.root)
    except ValidationError as error:
        words = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise InputError(Problem(floors, 0, 0, "", words)) from None


def _contradictions(table: PatchTable) -> Iterator[str]:
    """What no single row shows."""
    yield from _doubles("cve", [floor.cve for floor in table.floors])
    yield from _doubles("product", [f"{p.type} {p.build}" for p in table.products.values()])
    for floor in table.floors:
        yield from _wrong_floor(table, floor)
    for month, updates in table.updates.items():
        unknown = {name.removesuffix("_hotpatch") for name in updates} - table.products.keys()
        yield from (f"updates.{month}: products has no {name}" for name in sorted(unknown))
    for product in table.products:
        yield from _going_back(table, product)
    for product, rows in table.hotpatches.items():
        yield from _wrong_builds(table, "hotpatches", [(product, row.build) for row in rows])
        numbers, months = [row.ubr for row in rows], [row.month for row in rows]
        if numbers != sorted({*numbers}) or months != sorted(months):
            yield f"hotpatches: the builds of {product} do not rise with the months"


def _wrong_floor(table: PatchTable, floor: Floor) -> Iterator[str]:
    if floor.component not in table.exposure:
        yield f"{floor.cve}: exposure has no component {floor.component}"
    if both := floor.floor.keys() & floor.floor_if_affected.keys():
        yield f"{floor.cve}: {min(both)} is in floor and in floor_if_affected"
    for builds in (floor.floor, floor.floor_if_affected):
        yield from _wrong_builds(table, floor.cve, builds.items())


def _doubles(what: str, names: Sequence[str]) -> Iterator[str]:
    yield from (f"{what} {name} is there twice" for name in names if names.count(name) > 1)


def _wrong_builds(
    table: PatchTable, where: str, builds: Iterable[tuple[str, str]]
) -> Iterator[str]:
    for product, build in builds:
        if product not in table.products:
            yield f"{where}: products has no {product}"
        elif not build.startswith(f"{table.products[product].build}."):
            yield f"{where}: {build} is no build of {table.products[product].name}"


def _going_back(table: PatchTable, product: str) -> Iterator[str]:
    """A later month with a lower number: one of the two is of another product, or mistyped."""
    highest = (0, "")
    for month in sorted({floor.release for floor in table.floors}):
        ubr = table.floor_of(month, product)
        if ubr is None:
            continue
        if ubr <= highest[0]:
            yield f"{product}: {ubr} of {month} is not above {highest[0]} of {highest[1]}"
        highest = max(highest, (ubr, month))
