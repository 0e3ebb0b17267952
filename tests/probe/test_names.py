"""Names that a person gives, and the addresses that the system has for them."""

from __future__ import annotations

import socket

import pytest

from aovpn_remediate.errors import UsageError
from aovpn_remediate.probe.names import NoAddress, addresses_of, is_address, server_name


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("vpn.example.com", "vpn.example.com"),
        (" VPN.Example.com. ", "vpn.example.com"),
        ("vpn", "vpn"),
        ("vpn_1.example.com", "vpn_1.example.com"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:0DB8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
    ],
)
def test_a_name_is_as_dns_has_it(given: str, name: str) -> None:
    assert server_name(given) == name


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ("vpn.example.com:443", "--tls-port"),
        ("192.0.2.1:443", "--tls-port"),
        ("[2001:db8::1]:443", "--tls-port"),
        ("https://vpn.example.com", "alone"),
        ("vpn.example.com/path", "alone"),
        ("user@vpn.example.com", "alone"),
        ("", "such as vpn.example.com"),
        ("vpn..example.com", "such as vpn.example.com"),
        ("-vpn.example.com", "such as vpn.example.com"),
        ("a b", "such as vpn.example.com"),
        ("\x1b[31m", "such as vpn.example.com"),
        ("a" * 64, "such as vpn.example.com"),
        (".".join(["a" * 60] * 5), "such as vpn.example.com"),
        ("300.300.300.300:1:2", "such as vpn.example.com"),
    ],
)
def test_what_is_no_name_is_refused_with_what_to_do(given: str, advice: str) -> None:
    with pytest.raises(UsageError, match=advice):
        server_name(given)


def test_an_address_is_known_as_one() -> None:
    assert is_address("192.0.2.1")
    assert is_address("2001:db8::1")
    assert not is_address("vpn.example.com")


def test_the_system_answers_for_a_name() -> None:
    assert addresses_of("127.0.0.1") == ("127.0.0.1",)
    assert set(addresses_of("localhost")) <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (socket.EAI_NONAME, "DNS does not know it"),
        (socket.EAI_AGAIN, "no DNS server answers"),
        (socket.EAI_MEMORY, "out of memory"),
    ],
)
def test_an_error_of_dns_is_told_in_words(
    monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    def fail(*_: object, **__: object) -> object:
        raise socket.gaierror(code, "out of memory")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(NoAddress, match=words):
        addresses_of("vpn.example.com")
