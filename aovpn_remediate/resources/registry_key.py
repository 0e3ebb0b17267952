"""A key of the registry: that it is there, or is not; read only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from aovpn_remediate.resources.base import Answer, State
from aovpn_remediate.resources.declared import DeclaredResource, HostAnswer
from aovpn_remediate.resources.registry_paths import SHORT, Key
from aovpn_remediate.resources.texts import in_short


class _Key(HostAnswer):
    exists: Literal[True]


class RegistryKey(DeclaredResource):
    """A state is `{exists}`. Keys are never made here without a value, and never deleted."""

    kind = "registry_key"
    summary = "a key of the registry is there, or is not (read only)"
    scripts = ("registry.ps1",)
    read_only = True
    target_fields = ("key",)
    answer = _Key | None
    example: ClassVar[Mapping[str, Any]] = {"key": r"HKLM\SOFTWARE\Microsoft\AzureMfa"}

    key: Key
    r"""`HKLM\...`, `HKEY_LOCAL_MACHINE\...`; every hive."""
    exists: bool = True
    """True if it has to be there."""

    def title(self) -> str:
        r"""`key HKLM\SOFTWARE\Microsoft`."""
        hive, _, path = self.key.partition("\\")
        return in_short(f"key {SHORT[hive]}\\{path}", f"{len(self.key)} characters")

    def normalise(self, answer: Answer) -> State:
        """There or not. Raises `Unreadable`."""
        return {"exists": self.answered(answer) is not None}

    def show(self, state: State) -> str:
        """`present`, `absent`."""
        return "present" if (state or {})["exists"] else "absent"

    def manual(self, answer: Answer, actual: State) -> str | None:
        """A key belongs to what made it, or is to make it."""
        del answer, actual
        if self.exists:
            return f"the {self.title()} is missing: install or repair what makes it"
        return f"the {self.title()} is there: remove what made it, or the key itself, by hand"
