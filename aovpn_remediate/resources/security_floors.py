"""The security updates that a role needs: no CVE of the table is open; read only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from aovpn_remediate.errors import Unreadable
from aovpn_remediate.resources.base import Answer, State, fold
from aovpn_remediate.resources.declared import DeclaredResource
from aovpn_remediate.resources.patch_level import PatchAnswer, PatchLevel, level_of
from aovpn_remediate.resources.patch_table import Floor, patch_table, ubr_of
from aovpn_remediate.resources.roles import Role
from aovpn_remediate.resources.texts import listed

_MOST_TOLD = 3
"""CVEs that a text tells of; the state has them all."""


class _Patches(PatchAnswer):
    running: Annotated[list[Annotated[str, Field(max_length=256)]], Field(max_length=100)]
    """Those of the services asked for that run."""


class SecurityFloors(DeclaredResource):
    """A state is `{product, build, open}`: `build.ubr`, and the CVEs that are not fixed in it.

    Where a product gets no more fixes there is also `ended`, the last month with some.
    """

    kind = "security_floors"
    summary = "no CVE in the table of floors is open for what a role exposes (read only)"
    scripts = ("patch_level.ps1",)
    read_only = True
    constrained_language = True
    target_fields = ("role",)
    title_text = "security updates for {role}"
    answer = _Patches
    example: ClassVar[Mapping[str, Any]] = {"role": "rras"}

    role: Role
    """The role whose components count; those of a service that runs count for any role."""

    def model_post_init(self, context: Any) -> None:
        """Refuse a table with a mistake before any host is asked. Raises `InputError`."""
        del context
        patch_table()

    def target(self) -> dict[str, Any]:
        """The Services that expose a component wherever they run, and not by the role already."""
        others = [e for e in patch_table().exposure.values() if self.role not in e.roles]
        return {"Services": sorted({each.service for each in others if each.service})}

    def thing(self) -> str:
        """Return the role: what is asked of the host is the same for each."""
        return fold(f"{self.kind} {self.role}")

    def unreadable(self, found: _Patches) -> str | None:
        """The table does not know this Windows, or not the hotpatches that would decide."""
        level = level_of(found)
        if isinstance(level, str):
            return level
        unclear = [floor for floor, reached in self._judged(level, found) if reached is None]
        if not unclear or self._open(level, found):
            return None
        return (
            f"hotpatched, and {level.build}.{level.ubr} is newer than the table of hotpatches: "
            f"it does not tell if it has the fixes of {_names(unclear)}, and no later hotpatch "
            "of the table is among its updates"
        )

    def state_of(self, found: _Patches) -> State:
        """The build and the CVEs that are open, the most urgent first."""
        level = _level(found)
        state: dict[str, Any] = {"product": level.product, "build": f"{level.build}.{level.ubr}"}
        state["open"] = [floor.cve for floor in self._open(level, found)]
        if ended := level.table.products[level.product].ended:
            state["ended"] = ended
        return state

    def wanted(self, actual: State) -> State:
        """The lowest build in which nothing is open."""
        if actual is None or "ended" in actual:
            return {"product": None, "build": None, "open": []}
        if not actual["open"]:
            return actual
        product, still = actual["product"], set(actual["open"])
        builds = [floor.floor[product] for floor in patch_table().floors if floor.cve in still]
        return {**actual, "build": max(builds, key=ubr_of), "open": []}

    def show(self, state: State) -> str:
        """`26100.3775, open: CVE-2026-33824, CVE-2025-59230 and 20 more`."""
        build, still = (state or {})["build"], (state or {})["open"]
        if build is None:
            return "a Windows that gets fixes"
        ended = f", no fixes after {state['ended']}" if state and "ended" in state else ""
        return f"{build}{ended}" + (f", open: {listed(still, _MOST_TOLD)}" if still else "")

    def manual(self, answer: Answer, actual: State) -> str | None:
        """The update to install, and the CVEs that it closes; of None without details."""
        del actual
        if answer is None:
            return "install the Windows updates"
        found: _Patches = self.answered(answer)
        level = _level(found)
        still = self._open(level, found)
        parts = []
        if ended := level.table.products[level.product].ended:
            parts.append(f"{level.name} gets no fixes after {ended}: move to a later Windows")
        if still:
            parts.append(_install(level, still))
            told = listed([_told(floor, level) for floor in still], _MOST_TOLD)
            parts.append(f"open: {told}")
        return "; ".join(parts)

    def notes(self, answer: Answer) -> tuple[str, ...]:
        """The product and the table, hotpatching, and what the table does not tell."""
        found: _Patches = self.answered(answer)
        level = _level(found)
        table = level.table
        newest = table.newest_floor(level.product)
        notes = [f"{level.name}, by the floors of {table.checked} (its newest: {newest})"]
        if not any(self._exposed(found)):
            notes.append("no component in the table is exposed here")
        if level.is_hotpatched:
            notes.append("hotpatched: judged by the months of the hotpatches, too")
        state = found.hotpatch
        if state.package and not (state.vbs and state.table):
            notes.append(
                "enrolled for hotpatches, but virtualization-based security is not configured or "
                "the table of hotpatches not reserved"
            )
        if untold := [*self._untold(level, found)]:
            notes.append(f"not told if this Windows is affected by {_names(untold)}")
        if unclear := [floor for floor, reached in self._judged(level, found) if reached is None]:
            notes.append(f"not told by its hotpatch if it has the fixes of {_names(unclear)}")
        return tuple(notes)

    def _exposed(self, found: _Patches) -> Iterator[Floor]:
        """The rows of the components that the role or a running service exposes."""
        table = patch_table()
        running = {fold(name) for name in found.running}
        for floor in table.floors:
            exposure = table.exposure[floor.component]
            if self.role in exposure.roles or fold(exposure.service or "") in running:
                yield floor

    def _judged(self, level: PatchLevel, found: _Patches) -> Iterator[tuple[Floor, bool | None]]:
        for floor in self._exposed(found):
            if build := floor.floor.get(level.product):
                yield floor, level.reaches(ubr_of(build), floor.release)

    def _open(self, level: PatchLevel, found: _Patches) -> list[Floor]:
        still = [floor for floor, reached in self._judged(level, found) if reached is False]
        return sorted(still, key=lambda floor: floor.urgency, reverse=True)

    def _untold(self, level: PatchLevel, found: _Patches) -> Iterator[Floor]:
        """The rows without a floor for this product, unless that month's update is there."""
        for floor in self._exposed(found):
            month = floor.floor_if_affected.get(level.product)
            reached = month and level.reaches(ubr_of(month), floor.release)
            if level.product not in floor.floor and not reached:
                yield floor


def _level(found: PatchAnswer) -> PatchLevel:
    level = level_of(found)
    if isinstance(level, str):
        raise Unreadable(level)
    return level


def _install(level: PatchLevel, still: Sequence[Floor]) -> str:
    """The update that closes all that is open."""
    newest = max(still, key=lambda floor: (floor.release, ubr_of(floor.floor[level.product])))
    build = newest.floor[level.product]
    kb = level.table.update_of(newest.release, level.product)
    named = f"{newest.release} ({kb}, {build})" if kb else f"{newest.release} ({build})"
    hotpatch = "the newest hotpatch, or " if level.is_hotpatched else ""
    return f"install {hotpatch}the update of {named} or a later one"


def _told(floor: Floor, level: PatchLevel) -> str:
    """`CVE-2026-33824 of 2026-04-14 (IKEEXT: remote code execution, CVSS 9.8, KB5082063)`."""
    details = [
        f"{floor.component}: {floor.effect}",
        f"CVSS {floor.cvss}" if floor.cvss is not None else "",
        "exploited" if floor.exploited else "",
        "needs no account and no user" if floor.needs_nobody else "",
        level.table.update_of(floor.release, level.product) or f"update of {floor.release}",
    ]
    return f"{floor.cve} of {floor.published} ({', '.join(part for part in details if part)})"


def _names(floors: Iterable[Floor]) -> str:
    return listed([floor.cve for floor in floors], _MOST_TOLD)
