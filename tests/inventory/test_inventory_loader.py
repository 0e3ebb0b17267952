"""Hosts and groups, as read from an inventory."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aovpn_remediate.errors import InventoryError
from aovpn_remediate.inventory.loader import load_inventory
from aovpn_remediate.inventory.model import Connection, Credential, Inventory, SecretReference


def load_text(folder: Path, text: str) -> Inventory:
    path = folder / "fleet.yaml"
    path.write_text(text, encoding="utf-8")
    return load_inventory(path)


def test_hosts_come_in_the_order_of_the_file_whatever_their_groups(tmp_path: Path) -> None:
    inventory = load_text(
        tmp_path,
        """
        groups:
          vpn: {children: [rras, nps]}
          nps: {hosts: [nps-02, nps-01]}
          rras:
            hosts: {rras-01: , nps-01: }
        """,
    )

    assert list(inventory.hosts) == ["nps-02", "nps-01", "rras-01"]
    assert inventory.groups == {
        "vpn": ("nps-02", "nps-01", "rras-01"),
        "nps": ("nps-02", "nps-01"),
        "rras": ("nps-01", "rras-01"),
    }
    assert inventory.hosts["nps-01"].groups == ("vpn", "nps", "rras")
    assert inventory.path == tmp_path / "fleet.yaml"
    assert inventory.digest.startswith("sha256:")


def test_the_level_nearest_to_the_host_wins_field_by_field(tmp_path: Path) -> None:
    inventory = load_text(
        tmp_path,
        r"""
        all:
          vars: {a: all, b: all, c: all, d: all}
          connection: {auth: kerberos, port: 1, deadline: 60}
          credential: {username: all, password: {env: ALL}}
        groups:
          inner:
            hosts:
              one: {address: 10.0.0.1, vars: {d: host}, connection: {port: 3}}
              two: {credential: {username: 'CORP\two', password: {prompt: true}}}
              three: {credential: {}}
            vars: {c: inner, d: inner}
          outer:
            children: [inner]
            vars: {b: outer, c: outer, d: outer}
            connection: {port: 2, scheme: http}
            credential: {username: outer}
        """,
    )

    one = inventory.hosts["one"]
    assert one.groups == ("outer", "inner")
    assert one.vars == {"a": "all", "b": "outer", "c": "inner", "d": "host"}
    assert one.connection == Connection(
        auth="kerberos", port=3, deadline=60, scheme="http", address="10.0.0.1"
    )
    assert one.address == "10.0.0.1"
    assert one.credential == Credential(username="outer")
    assert inventory.hosts["two"].address == "two"
    assert inventory.hosts["two"].credential == Credential(
        username=r"CORP\two", password=SecretReference(prompt=True)
    )
    assert inventory.hosts["three"].credential == Credential()


def test_of_two_groups_at_the_same_depth_the_later_wins(tmp_path: Path) -> None:
    inventory = load_text(
        tmp_path,
        """
        groups:
          first: {hosts: [one], vars: {a: first, b: first}}
          second: {hosts: [one], vars: {a: second}}
        """,
    )

    assert inventory.hosts["one"].vars == {"a": "second", "b": "first"}


def test_groups_may_be_written_inside_their_parent(tmp_path: Path) -> None:
    inventory = load_text(
        tmp_path,
        """
        groups:
          vpn:
            children:
              nps: {hosts: [nps-01]}
              rras:
          rras: {hosts: [rras-01]}
        """,
    )

    assert inventory.groups["vpn"] == ("nps-01", "rras-01")


def test_a_group_reached_twice_has_the_depth_of_the_longer_path(tmp_path: Path) -> None:
    inventory = load_text(
        tmp_path,
        """
        groups:
          top: {children: [low, middle]}
          middle: {children: [low], vars: {a: middle}}
          low: {hosts: [one], vars: {a: low}}
        """,
    )

    assert inventory.hosts["one"].groups == ("top", "middle", "low")
    assert inventory.hosts["one"].vars == {"a": "low"}


def test_values_that_look_like_expressions_stay_as_they_are(tmp_path: Path) -> None:
    inventory = load_text(tmp_path, "groups: {a: {hosts: {one: {vars: {v: '{{ 1 }} {% x'}}}}}")

    assert inventory.hosts["one"].vars == {"v": "{{ 1 }} {% x"}


def test_files_are_looked_for_beside_the_inventory(tmp_path: Path) -> None:
    for name in ("ca.pem", "c.pem", "k.pem"):
        (tmp_path / name).touch()

    inventory = load_text(
        tmp_path,
        """
        all:
          connection:
            {auth: certificate, ca_file: ca.pem, certificate: c.pem, certificate_key: k.pem}
          credential: {username: x, password: {file: secret/pw}}
        groups: {a: {hosts: [one]}}
        """,
    )

    one = inventory.hosts["one"]
    assert one.connection.ca_file == str(tmp_path / "ca.pem")
    assert one.connection.certificate == str(tmp_path / "c.pem")
    assert one.connection.certificate_key == str(tmp_path / "k.pem")
    assert one.credential.password == SecretReference(file=str(tmp_path / "secret" / "pw"))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "localhost", "::1"])
def test_basic_over_http_is_allowed_on_loopback(tmp_path: Path, address: str) -> None:
    inventory = load_text(
        tmp_path,
        f"""
        groups:
          lab:
            hosts: {{one: {{address: '{address}'}}}}
            connection: {{auth: basic, scheme: http, encryption: never}}
            credential: {{username: x, password: {{env: X}}}}
        """,
    )

    assert inventory.hosts["one"].connection.auth == "basic"


@pytest.mark.parametrize("address", ["10.0.0.1", "nps-01", "127.0.0.1.example.org", "0.0.0.0"])  # noqa: S104 - a text
def test_basic_over_http_is_refused_elsewhere(tmp_path: Path, address: str) -> None:
    with pytest.raises(InventoryError, match="would send the password unencrypted"):
        load_text(
            tmp_path,
            f"""
            groups:
              lab:
                hosts: {{one: {{address: '{address}'}}}}
                connection: {{auth: basic, scheme: http, encryption: never}}
                credential: {{username: x, password: {{env: X}}}}
            """,
        )


def test_a_host_can_override_its_group(tmp_path: Path) -> None:
    inventory = load_text(
        tmp_path,
        """
        groups:
          a:
            hosts: {one: {connection: {scheme: https}}}
            connection: {auth: basic, scheme: http, encryption: never}
            credential: {username: x, password: {env: X}}
        """,
    )

    assert inventory.hosts["one"].connection.scheme == "https"


def test_a_large_inventory_of_deep_groups_is_read(tmp_path: Path) -> None:
    groups = [f"  g{n}: {{children: [g{n + 1}], vars: {{v: {n}}}}}" for n in range(500)]
    hosts = ", ".join(f"h{n}" for n in range(1000))
    text = "groups:\n" + "\n".join(groups) + f"\n  g500: {{hosts: [{hosts}]}}\n"

    inventory = load_text(tmp_path, text)

    assert len(inventory.groups["g0"]) == 1000
    assert inventory.hosts["h999"].vars == {"v": 499}


NAMES = st.sampled_from(["a", "b", "c"])
WORDS = st.sampled_from(
    [
        *("a", "b", "groups", "hosts", "children", "vars", "connection", "credential", "all"),
        *("address", "username", "password", "env", "file", "auth", "scheme", "ca_file", "proxy"),
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text("ab{}", max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


@given(groups=st.dictionaries(NAMES, ANYTHING), everything=ANYTHING)
def test_any_value_gives_an_inventory_or_problems(
    tmp_path_factory: pytest.TempPathFactory, groups: object, everything: object
) -> None:
    path = tmp_path_factory.mktemp("any") / "fleet.yaml"
    path.write_text(json.dumps({"groups": groups, "all": everything}))
    try:
        inventory = load_inventory(path)
    except InventoryError as refused:
        assert len(str(refused).splitlines()) == len(refused.problems)  # noqa: PT017
    else:
        assert set().union(*inventory.groups.values(), inventory.hosts) == set(inventory.hosts)
