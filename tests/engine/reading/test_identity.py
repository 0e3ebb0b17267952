"""Servers that are in an inventory twice, clones, and names that are not those of the host."""

from __future__ import annotations

import pytest

from aovpn_remediate.engine.reading.identity import clones, is_same_server, refusals, warnings
from aovpn_remediate.results import Facts

ONE, OTHER = "1c1d2c5f-0000-4000-8000-000000000001", "1c1d2c5f-0000-4000-8000-000000000002"


def told(name: str | None = "RRAS01", domain: str | None = "corp", guid: str | None = ONE) -> Facts:
    return Facts(name=name, domain=domain, machine_guid=guid)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (told(), True),
        (told("rras01", "CORP"), True),
        (told(guid=None), True),
        (told(guid=OTHER), False),
        (told("RRAS02"), False),
        (told(domain="other"), False),
        (told(domain=None), False),
        (told(None), False),
    ],
)
def test_a_server_is_its_name_and_domain_unless_the_machine_is_another(
    other: Facts, *, same: bool
) -> None:
    assert is_same_server(told(), other) is same
    assert is_same_server(other, told()) is same
    expected = {"a", "b"} if same else set()
    assert refusals({"a": told(), "b": other, "c": told("RRAS03", guid=OTHER)}).keys() == expected


def test_the_refusal_names_all_others() -> None:
    found = refusals({"vpn": told(), "vpn.corp": told(), "10.0.0.5": told(guid=None)})
    assert found["vpn"] == (
        "it is the same server as vpn.corp, 10.0.0.5: each calls itself RRAS01 in corp; "
        "keep one of the names in the inventory"
    )


def test_a_clone_is_warned_of() -> None:
    found = clones({"a": told(), "b": told("RRAS02", guid=ONE.upper()), "c": told(guid=OTHER)})
    assert found == {
        "a": "it has the MachineGuid of b: a clone, or the same server",
        "b": "it has the MachineGuid of a: a clone, or the same server",
    }
    assert clones({"a": told(), "b": told()}) == {}, "it is refused already"


@pytest.mark.parametrize(
    ("address", "name", "warned"),
    [
        ("rras01.corp.example", "RRAS01", False),
        ("rras01", "rras01", False),
        ("a-name-longer-than-fifteen.corp", "A-NAME-LONGER-T", False),
        ("192.0.2.7", "RRAS01", False),
        ("2001:db8::7", "RRAS01", False),
        ("localhost", "RRAS01", False),
        ("vpn.corp.example", "RRAS01", True),
        ("rras01.corp.example", None, False),
    ],
)
def test_a_host_that_calls_itself_otherwise(
    address: str, name: str | None, *, warned: bool
) -> None:
    found = list(warnings(address, told(name)))
    expected = f"it calls itself RRAS01 in corp, but was reached as {address}"
    assert found == ([expected] if warned else [])
