"""The EAP methods of a configuration, and the servers that each of them trusts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from aovpn_remediate.inspect.profiles.tree import Element
from aovpn_remediate.inspect.profiles.values import listed

_METHODS: Mapping[str, str] = {
    "13": "EAP-TLS",
    "18": "EAP-SIM",
    "21": "EAP-TTLS",
    "23": "EAP-AKA",
    "25": "PEAP",
    "26": "EAP-MSCHAPv2",
    "50": "EAP-AKA'",
    "55": "EAP-TEAP",
}
_VALIDATING = ("13", "25")
"""The methods with the elements that are judged here."""

_PLAIN_NAME = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Method:
    """One EAP method, alone or inside another."""

    type: str
    """Its number."""
    name: str
    """Such as `EAP-TLS inside PEAP`."""
    settings: Element
    """Its `EapType`, or the `Eap` around it if it has none."""

    @property
    def validates(self) -> bool:
        """True for a method that has the names and roots of servers in known elements."""
        return self.type in _VALIDATING

    @property
    def validation(self) -> Element | None:
        """Its `ServerValidation`."""
        return self.settings.child("ServerValidation")

    @property
    def names_element(self) -> Element | None:
        """Its `ServerNames`."""
        return self.validation.child("ServerNames") if self.validation else None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the servers that it trusts."""
        return listed(self.names_element.text) if self.names_element else ()

    @property
    def roots(self) -> tuple[str, ...]:
        """The roots that it trusts, as they are written, without empty ones."""
        found = self.validation.all("TrustedRootCA") if self.validation else []
        return tuple(root.text for root in found if root.text)

    def option(self, name: str) -> str:
        """Return a setting that newer schemas put into or beside the method's extensions."""
        return self.settings.value(name) or self.settings.value("PeapExtensions", name)


def methods(root: Element) -> list[Method]:
    """Return the EAP methods of an `EapHostConfig`, the outer one first."""
    found: list[Method] = []
    eap = root.child("Config", "Eap")
    while eap is not None:
        number = eap.value("Type")
        name = _METHODS.get(number, f"EAP type {number}" if number else "EAP without a type")
        outer = f" inside {found[-1].name}" if found else ""
        settings = eap.child("EapType") or eap
        found.append(Method(number, f"{name}{outer}", settings))
        eap = settings.child("Eap") if settings is not eap else None
    return found


def is_plain_name(name: str) -> bool:
    """Return True for a name without a character that a regular expression gives a meaning."""
    return bool(_PLAIN_NAME.fullmatch(name))
