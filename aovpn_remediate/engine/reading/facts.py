"""Facts of a host, validated, and the applicability of playbooks that follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from aovpn_remediate.playbook.model import Applies
from aovpn_remediate.resources.roles import PRODUCT_ROLES
from aovpn_remediate.results import Facts, PlaybookOnHost, ServiceFact

# ProductType below HKLM\SYSTEM\CurrentControlSet\Control\ProductOptions.
_PRODUCTS = {**PRODUCT_ROLES, "ServerNT": "server"}
_ADAPTERS: Mapping[str, TypeAdapter[Any]] = {
    name: TypeAdapter(Facts.__annotations__[name])
    for name in sorted(set(Facts.model_fields) - {"below", "roles", "services", "unknown"})
}
_ROLE: TypeAdapter[bool | None] = TypeAdapter(bool | None)
_BELOW: TypeAdapter[tuple[str, ...]] = TypeAdapter(
    Annotated[
        tuple[Annotated[str, Field(pattern=r"^[^\\/\x00-\x1f]{1,256}$")], ...], Field(max_length=20)
    ]
)
_SERVICE: TypeAdapter[ServiceFact | None] = TypeAdapter(ServiceFact | None)


def read_facts(answer: Any) -> Facts:
    """Validate facts as a host wrote them: `{name: {value} | {reason}}`."""
    given = _mapping(answer)
    unknown: dict[str, str] = {}
    values = {
        name: _value(given.get(name), name, adapter, unknown) for name, adapter in _ADAPTERS.items()
    }
    roles = {
        name: _value(fact, f"roles.{name}", _ROLE, unknown)
        for name, fact in _mapping(given.get("roles")).items()
    }
    for role in PRODUCT_ROLES.values():
        product = values["product_type"]
        roles[role] = None if product is None else product == role
    services = {
        name: service
        for name, fact in _mapping(given.get("services")).items()
        for service in [_value(fact, f"services.{name}", _SERVICE, unknown)]
        if f"services.{name}" not in unknown
    }
    folders = _mapping(given.get("below")).items()
    below = {name: _value(fact, f"below.{name}", _BELOW, unknown) for name, fact in folders}
    known = {name: found for name, found in below.items() if found is not None}
    return Facts(**values, roles=roles, services=services, below=known, unknown=unknown)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _value(fact: Any, name: str, adapter: TypeAdapter[Any], unknown: dict[str, str]) -> Any:
    if not isinstance(fact, Mapping) or "value" not in fact:
        unknown[name] = str(_mapping(fact).get("reason", "the host did not report it"))
        return None
    value = fact["value"]
    if name == "product_type":
        value = _PRODUCTS.get(value) if isinstance(value, str) else None
    try:
        return adapter.validate_python(value)
    except ValidationError:
        unknown[name] = "the host reported an invalid value"
        return None


def applicability(name: str, applies: Applies, facts: Facts) -> PlaybookOnHost:
    """Return the applicability of a playbook, by its name, to a host with these facts."""
    for condition in (_role, _product, _build):
        found = condition(applies, facts)
        if found is not None:
            status, reason = found
            return PlaybookOnHost(name=name, status=status, reason=reason)
    return PlaybookOnHost(name=name, status="applies")


_Mismatch = tuple[Literal["unknown", "not_applicable"], str] | None


def _role(applies: Applies, facts: Facts) -> _Mismatch:
    if applies.role is None:
        return None
    has_role = facts.roles.get(applies.role)
    if has_role is None:
        fact = "product_type" if applies.role in PRODUCT_ROLES.values() else f"roles.{applies.role}"
        why = facts.unknown.get(fact, "the host did not report it")
        return "unknown", f"role {applies.role}: {why}"
    return (
        None if has_role else ("not_applicable", f"the host does not have the role {applies.role}")
    )


def _product(applies: Applies, facts: Facts) -> _Mismatch:
    if applies.product_type in (None, facts.product_type):
        return None
    if facts.product_type is None:
        return "unknown", f"product type: {facts.unknown.get('product_type', '')}"
    return "not_applicable", f"the host is a {facts.product_type.replace('_', ' ')}"


def _build(applies: Applies, facts: Facts) -> _Mismatch:
    low, below = applies.os_build_at_least, applies.os_build_below
    if low is None and below is None:
        return None
    build = facts.os_build
    if build is None:
        return "unknown", f"Windows build: {facts.unknown.get('os_build', '')}"
    fits = build >= (low or 0) and (below is None or build < below)
    return None if fits else ("not_applicable", f"Windows build {build} is out of range")


def instant(text: str | None) -> datetime | None:
    """Parse a host's time, which may have seven decimals of a second; None if it is no time."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
