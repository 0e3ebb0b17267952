"""Names of certificates: one label for a star, no case, addresses as addresses."""

from __future__ import annotations

import pytest

from aovpn_remediate.probe.tls.names import is_for, is_for_by_subject, matches
from aovpn_remediate.results.certificates import CertificateFacts


def _certificate(
    *dns_names: str, ips: tuple[str, ...] = (), cn: str = "cn.example.com"
) -> CertificateFacts:
    return CertificateFacts(
        subject=f"CN={cn}",
        common_names=(cn,),
        issuer="CN=ca",
        serial="01",
        sha1="A" * 40,
        sha256="B" * 64,
        dns_names=dns_names,
        ips=ips,
    )


@pytest.mark.parametrize(
    ("pattern", "name", "same"),
    [
        ("vpn.example.com", "vpn.example.com", True),
        ("VPN.Example.COM", "vpn.example.com", True),
        ("vpn.example.com.", "vpn.example.com", True),
        ("*.example.com", "vpn.example.com", True),
        ("*.example.com", "a.vpn.example.com", False),
        ("*.example.com", "example.com", False),
        ("*.example.com", ".example.com", False),
        ("*.com", "example.com", False),
        ("v*.example.com", "vpn.example.com", False),
        ("*.*.com", "vpn.example.com", False),
        ("*", "vpn", False),
        ("example.com", "vpn.example.com", False),
        ("", "vpn.example.com", False),
    ],
)
def test_a_name_matches_by_whole_labels(pattern: str, name: str, same: bool) -> None:
    assert matches(pattern, name) is same


def test_alternative_names_count_and_the_subject_only_without_them() -> None:
    assert is_for(_certificate("a.example.com", "b.example.com"), "b.example.com")
    assert not is_for(_certificate("a.example.com"), "cn.example.com")
    assert not is_for_by_subject(_certificate("a.example.com"), "cn.example.com")
    assert is_for_by_subject(_certificate(), "cn.example.com")


def test_an_address_is_compared_as_an_address() -> None:
    certificate = _certificate("192.0.2.1", ips=("2001:db8::1", "192.0.2.2"))
    assert is_for(certificate, "192.0.2.2")
    assert is_for(certificate, "2001:0db8::0001")
    assert not is_for(certificate, "192.0.2.1")
