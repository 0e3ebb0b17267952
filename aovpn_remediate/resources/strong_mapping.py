"""How a domain controller maps certificates to accounts; read only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from aovpn_remediate.resources.base import Answer, State
from aovpn_remediate.resources.declared import DeclaredResource
from aovpn_remediate.resources.patch_level import PatchAnswer, level_of

_ENFORCED, _ENDED = "2025-02", "2025-09"
"""The months whose updates enforce strong mapping, and take the way back from it."""
_WEAK_METHODS = 0x7
"""Subject and issuer, issuer alone, and the name of the account."""
_NAMES: Mapping[str, str] = {
    "enforcement": "StrongCertificateBindingEnforcement",
    "backdating": "CertificateBackdatingCompensation",
    "subject_alt_name": "UseSubjectAltName",
    "mapping_methods": "CertificateMappingMethods",
}

Value = int | Annotated[str, Field(max_length=100)] | None
"""A number; the type of what is none, as a text; None for absent."""


class _Mapping(PatchAnswer):
    enforcement: Value
    backdating: Value
    subject_alt_name: Value
    mapping_methods: Value


class StrongMapping(DeclaredResource):
    """A state is `{enforcement, backdating, subject_alt_name, mapping_methods}`; None for absent.

    UseSubjectAltName is shown and not judged: both values have their use.
    """

    kind = "strong_mapping"
    summary = "nothing weakens strong certificate mapping on a domain controller (read only)"
    scripts = ("patch_level.ps1",)
    read_only = True
    constrained_language = True
    title_text = "strong certificate mapping"
    manual_text = "remove the values that weaken it"
    answer = _Mapping
    example: ClassVar[Mapping[str, Any]] = {}

    def unreadable(self, found: _Mapping) -> str | None:
        """Only a domain controller maps certificates so."""
        return None if found.product == "LanmanNT" else "this host is no domain controller"

    def state_of(self, found: _Mapping) -> State:
        """All four values; a number as the registry has it, without its sign."""
        return {name: _unsigned(getattr(found, name)) for name in _NAMES}

    def wanted(self, actual: State) -> State:
        """The same without what weakens it: absent is right with any update."""
        state = actual or {}
        return {name: None if _weakens(name, value) else value for name, value in state.items()}

    def show(self, state: State) -> str:
        """`StrongCertificateBindingEnforcement 1, CertificateMappingMethods 0x1f`."""
        given = [_shown(name, value) for name, value in (state or {}).items() if value is not None]
        return ", ".join(given) or "the defaults of Windows"

    def manual(self, answer: Answer, actual: State) -> str | None:
        """What each value does on this Windows, and what to do about it."""
        if answer is None or actual is None:
            return self.manual_text
        return "; ".join(_advice(self.answered(answer), actual)) or self.manual_text

    def notes(self, answer: Answer) -> tuple[str, ...]:
        """What absent means here, and what is not judged."""
        found: _Mapping = self.answered(answer)
        notes = []
        if found.enforcement is None and _has(found, _ENFORCED) is False:
            notes.append(
                "before the updates of February 2025 absent means compatibility mode: certificates "
                "without a strong mapping are taken until they are installed"
            )
        if isinstance(level := level_of(found), str):
            notes.append(level)
        if (value := _unsigned(found.subject_alt_name)) is not None:
            shown = _shown("subject_alt_name", value)
            notes.append(f"{shown}: it changes how certificates from Intune are mapped")
        return tuple(notes)


def _unsigned(value: int | str | None) -> int | str | None:
    return value & 0xFFFFFFFF if isinstance(value, int) else value


def _weakens(name: str, value: int | str | None) -> bool:
    if value is None or name == "subject_alt_name":
        return False
    if isinstance(value, str):
        return True
    if name == "enforcement":
        return value != 2  # noqa: PLR2004 - full enforcement
    return bool(value if name == "backdating" else value & _WEAK_METHODS)


def _shown(name: str, value: int | str) -> str:
    if isinstance(value, str):
        return f"{_NAMES[name]} of the type {value}"
    return f"{_NAMES[name]} {hex(value) if name == 'mapping_methods' else value}"


def _has(found: _Mapping, month: str) -> bool | None:
    level = level_of(found)
    return None if isinstance(level, str) else level.has_month(month)


def _advice(found: _Mapping, state: Mapping[str, Any]) -> Iterator[str]:
    for name, value in state.items():
        if not _weakens(name, value):
            continue
        shown = _shown(name, value)
        if isinstance(value, str):
            yield f"{shown} is no REG_DWORD: remove it"
        elif name == "mapping_methods":
            yield (
                f"{shown} is dangerous: Schannel maps certificates by subject, issuer or account "
                "name; remove it (the default is 0x18)"
            )
        elif name == "backdating":
            yield f"{shown} {_backdating(found)}"
        else:
            yield f"{shown} {_enforcement(found, value)}"


def _enforcement(found: _Mapping, value: int) -> str:
    effect = {
        0: "does not ask for a strong mapping at all",
        1: "(compatibility) takes certificates without a strong mapping",
    }.get(value, "is no value that Windows knows")
    if _has(found, _ENDED):
        return (
            "is dead: since the updates of September 2025 a strong mapping is always needed; "
            "remove it, and issue certificates with the SID of the account"
        )
    if _has(found, _ENDED) is None:
        return (
            f"{effect}: dangerous before the updates of September 2025, dead with them, and how "
            "far this Windows is patched is not known; remove it"
        )
    if _has(found, _ENFORCED):
        return (
            f"is dangerous: it {effect.removeprefix('(compatibility) ')}, until the updates of "
            "September 2025 end it; issue certificates with the SID of the account, then remove it"
        )
    return (
        f"is dangerous: it {effect.removeprefix('(compatibility) ')}, and the updates of February "
        "2025 are missing as well; remove it and install the updates"
    )


def _backdating(found: _Mapping) -> str:
    if _has(found, _ENDED):
        return (
            "is dead by most sources since the updates of September 2025, but one still calls it "
            "effective: remove it"
        )
    return "takes certificates that are older than their account: remove it"
