"""The rooms of the package: each imports only the rooms below it, and nothing lies beside them."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

_PACKAGE = Path(__file__).resolve().parents[1] / "aovpn_remediate"

_LOOSE = {"__init__", "__main__", "assets", "errors"}
"""The only modules that belong to no room."""

_ENGINE = (
    *("engine.run_options", "engine.control", "engine.event_log", "engine.parallel"),
    "engine.connect",
    *("engine.reading", "engine.plan"),
    *("engine.host_journal", "engine.apply", "engine.restart", "engine.confirm"),
    "engine.rollout",
)
"""The rooms of the engine, a way down: each may import those before it, and none after it."""

_BELOW_THE_ENGINE = {"errors", "resources", "playbook", "inventory", "rendering", "transports"}

_MAY_IMPORT: Mapping[str, set[str]] = {
    "assets": set(),
    "errors": set(),
    "resources": {"errors"},
    "playbook": {"errors", "resources", "assets"},
    "inventory": {"errors", "resources", "playbook"},
    "rendering": {"resources", "assets"},
    "schemas": {"resources", "playbook", "inventory"},
    "transports": {"errors", "rendering", "inventory"},
    "results": {"errors", "resources.backups", "resources.restart"},
    "journal": {"errors", "resources", "results"},
    **{
        room: {*_BELOW_THE_ENGINE, "results", "journal", *_ENGINE[:place]}
        for place, room in enumerate(_ENGINE)
    },
    "reports": {"results", "assets", "resources.backups", "resources.texts"},
    "lab": {"errors", "rendering.literals"},
    "inspect": {"errors", "results", "resources.certificate_data", "resources.texts"},
    "diagnose": {"results"},
    "probe": {"errors", "results", "inspect", "resources.texts"},
    "doctor": {*_BELOW_THE_ENGINE, "results", "probe.names", *_ENGINE[:6]},
    "api": {
        *(_BELOW_THE_ENGINE | {"results", "journal", "doctor", "inspect", "probe", "diagnose"}),
        *_ENGINE,
    },
    "drift": {
        *(_BELOW_THE_ENGINE | {"assets", "results", "journal", "doctor", "reports", "api"}),
        *_ENGINE,
    },
}
"""What each room may import beside itself; the command line may import everything."""

_MAY_TOUCH_NETWORK = {"transports", "lab", "doctor", "drift", "probe"}
_NETWORK = {"requests", "urllib3", "pypsrp", "winrm", "spnego", "http", "socket"}
_MAY_TOUCH_DATABASE = {"journal", "drift", "cli"}


def _name(path: Path) -> str:
    """The module that a file is, with dots."""
    parts = [*path.relative_to(_PACKAGE.parent).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


_MODULES = {_name(path): path for path in sorted(_PACKAGE.rglob("*.py"))}


def _room(module: str) -> str:
    """The room of a module; the engine's rooms have two names."""
    parts = module.split(".")[1:]
    return ".".join(parts[:2]) if parts[:1] == ["engine"] else ".".join(parts[:1])


@functools.cache
def _imports(module: str) -> frozenset[str]:
    """The modules that a module imports anywhere in it, ours by the file that is meant."""
    return frozenset(_imported(module))


def _imported(module: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(_MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None
            assert node.level == 0
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in _MODULES else node.module


def test_nothing_lies_loose_beside_the_rooms() -> None:
    assert {path.stem for path in _PACKAGE.glob("*.py")} == _LOOSE
    folders = {path.parent.name for path in _PACKAGE.glob("*/*.py")}
    engine = {room.partition(".")[2] for room in _ENGINE}
    inside = {path.stem for path in (_PACKAGE / "engine").glob("*.py")}
    inside |= {path.parent.name for path in (_PACKAGE / "engine").glob("*/*.py")}
    assert inside - {"__init__"} == engine
    known = {room.partition(".")[0] for room in _MAY_IMPORT} | {"cli"}
    assert folders == known - _LOOSE


@pytest.mark.parametrize("module", sorted(_MODULES))
def test_a_room_imports_only_rooms_below_it(module: str) -> None:
    room = _room(module)
    if room in ("", "__main__", "cli", "engine"):
        return  # the facade and the command line use all of it
    allowed = _MAY_IMPORT[room] | {room}
    for name in _imports(module):
        if name.startswith("aovpn_remediate."):
            inner = name.removeprefix("aovpn_remediate.")
            assert any(inner == a or inner.startswith(f"{a}.") for a in allowed), name


@pytest.mark.parametrize("module", sorted(_MODULES))
def test_only_some_rooms_touch_the_network_or_the_database(module: str) -> None:
    room, names = _room(module), {name.split(".")[0] for name in _imports(module)}
    if room not in _MAY_TOUCH_NETWORK:
        assert names.isdisjoint(_NETWORK)
    if room not in _MAY_TOUCH_DATABASE:
        assert names.isdisjoint({"sqlalchemy", "alembic"})


def test_no_imports_run_in_a_circle() -> None:
    needs = {m: {n for n in _imports(m) if n in _MODULES} - {m} for m in _MODULES}
    while free := {module for module, others in needs.items() if not others}:
        needs = {m: others - free for m, others in needs.items() if m not in free}
    assert not needs, "in a circle, or above one: " + ", ".join(sorted(needs))
