"""Facts that hosts report, accepted as far as they are valid."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aovpn_remediate.engine.reading.facts import applicability, instant, read_facts
from aovpn_remediate.playbook.model import Applies, Playbook
from aovpn_remediate.results import Facts, ServiceFact

_TOLD: dict[str, Any] = {
    "name": {"value": "NPS-01"},
    "os_name": {"value": "Windows Server 2022 Standard"},
    "os_build": {"value": 20348},
    "os_ubr": {"value": 3453},
    "product_type": {"value": "ServerNT"},
    "pending_reboot": {"value": ["windows update"]},
    "sessions": {"reason": "RRAS is not configured for VPN."},
    "roles": {"nps": {"value": True}, "rras": {"reason": "denied"}},
    "services": {
        "IAS": {"value": {"state": "Running", "started": "x", "alone": False}},
        "Gone": {"value": None},
        "Odd": {"reason": "denied"},
    },
}


def test_known_and_unknown_facts() -> None:
    facts = read_facts(_TOLD)
    assert facts.name == "NPS-01"
    assert facts.windows == "Windows Server 2022 Standard 20348.3453"
    assert facts.pending_reboot == ("windows update",)
    assert facts.sessions is None
    assert facts.unknown["sessions"] == "RRAS is not configured for VPN."
    assert facts.unknown["boot"] == "the host did not report it"
    assert facts.roles == {"nps": True, "rras": None, "domain_controller": False, "client": False}
    assert facts.unknown["roles.rras"] == "denied"


def test_an_unreported_service_is_not_a_missing_one() -> None:
    facts = read_facts(_TOLD)
    assert facts.services == {
        "IAS": ServiceFact(state="Running", started="x", alone=False),
        "Gone": None,
    }
    assert facts.unknown["services.Odd"] == "denied"


_PRODUCTS = {
    "WinNT": ("client", {"client": True, "domain_controller": False}),
    "ServerNT": ("server", {"client": False, "domain_controller": False}),
    "LanmanNT": ("domain_controller", {"client": False, "domain_controller": True}),
    "Toaster": (None, {"client": None, "domain_controller": None}),
    None: (None, {"client": None, "domain_controller": None}),
}


@pytest.mark.parametrize("told", _PRODUCTS)
def test_roles_that_follow_from_the_type_of_product(told: str | None) -> None:
    product, roles = _PRODUCTS[told]
    facts = read_facts({"product_type": {"value": told}})
    assert (facts.product_type, facts.roles) == (product, roles)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("os_build", "many"), ("os_build", [1]), ("os_build", {}), ("sessions", 1.5)),
        *(("name", 5), ("name", ["x"]), ("administrator", "perhaps"), ("pending_reboot", "x")),
        *(("product_type", []), ("product_type", {"a": 1}), ("boot", 7)),
    ],
)
def test_something_else_is_unknown(name: str, value: Any) -> None:
    facts = read_facts({name: {"value": value}})
    assert getattr(facts, name) is None
    if name != "product_type":
        assert facts.unknown[name] == "the host reported an invalid value"


_TEXT = st.text(max_size=6) | st.text("\ud800\0 1Z", max_size=6)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXT,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
_FACT = st.fixed_dictionaries({"value": _JSON}) | st.fixed_dictionaries({"reason": _JSON}) | _JSON
_NAMES = sorted({*Facts.model_fields, "value", "else"})


@settings(deadline=None)
@given(
    _JSON
    | st.dictionaries(
        st.sampled_from(_NAMES),
        _FACT | st.dictionaries(st.text(max_size=4), _FACT, max_size=3),
        max_size=8,
    )
)
def test_any_answer_of_a_host_becomes_facts(told: Any) -> None:
    facts = read_facts(told)
    assert Facts.model_validate(json.loads(json.dumps(facts.model_dump(mode="json")))) == facts
    assert facts.roles.keys() >= {"client", "domain_controller"}


_SERVER = read_facts(_TOLD)
_NOTHING = read_facts({})
_APPLIES: dict[str, tuple[Applies, Facts, str, str]] = {
    "anything": (Applies(), _NOTHING, "applies", ""),
    "the role": (Applies(role="nps"), _SERVER, "applies", ""),
    "not the role": (
        Applies(role="client"),
        _SERVER,
        "not_applicable",
        "the host does not have the role client",
    ),
    "a role that cannot be told": (Applies(role="rras"), _SERVER, "unknown", "role rras: denied"),
    "a role by a product that cannot be told": (
        Applies(role="client"),
        read_facts({"product_type": {"reason": "denied"}}),
        "unknown",
        "role client: denied",
    ),
    "a role that nobody told": (Applies(role="connector"), _SERVER, "unknown", "did not report it"),
    "the product": (Applies(product_type="server"), _SERVER, "applies", ""),
    "another product": (
        Applies(product_type="domain_controller"),
        _SERVER,
        "not_applicable",
        "the host is a server",
    ),
    "no product": (Applies(product_type="server"), _NOTHING, "unknown", "product type"),
    "the build": (Applies(os_build_at_least=20348), _SERVER, "applies", ""),
    "too old": (Applies(os_build_at_least=20349), _SERVER, "not_applicable", "build 20348"),
    "below": (Applies(os_build_below=20349), _SERVER, "applies", ""),
    "not below": (Applies(os_build_below=20348), _SERVER, "not_applicable", "build 20348"),
    "no build": (Applies(os_build_below=20348), _NOTHING, "unknown", "Windows build"),
    "one of several": (
        Applies(role="nps", product_type="server", os_build_at_least=1, os_build_below=2),
        _SERVER,
        "not_applicable",
        "build 20348",
    ),
}


@pytest.mark.parametrize(("applies", "facts", "status", "why"), _APPLIES.values(), ids=_APPLIES)
def test_the_applicability_of_a_playbook(
    applies: Applies, facts: Facts, status: str, why: str
) -> None:
    playbook = Playbook("pb", "", "all", steps=(), applies=applies)
    found = applicability(playbook.name, playbook.applies, facts)
    assert found.status == status
    assert why in found.reason
    assert bool(found.reason) is (status != "applies")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (None, None),
        ("", None),
        ("yesterday", None),
        ("2026-11-21T02:03:04.5678901Z", datetime(2026, 11, 21, 2, 3, 4, 567890, tzinfo=UTC)),
        ("2026-11-21T02:03:04", datetime(2026, 11, 21, 2, 3, 4, tzinfo=UTC)),
        ("2026-11-21T04:03:04+02:00", datetime(2026, 11, 21, 2, 3, 4, tzinfo=UTC)),
    ],
)
def test_a_time_of_a_host(text: str | None, moment: datetime | None) -> None:
    assert instant(text) == moment


@settings(deadline=None)
@given(st.text(max_size=30))
def test_whatever_is_called_a_time_is_one_or_none(text: str) -> None:
    moment = instant(text)
    assert moment is None or moment.tzinfo is not None
