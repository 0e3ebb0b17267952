"""Whole probes: names to addresses, addresses compared, what could not be looked at."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.errors import UsageError
from aovpn_remediate.probe.names import NoAddress
from aovpn_remediate.probe.server import ProbeSettings, probe_servers
from aovpn_remediate.results.probes import ProbeReport
from tests.probe.conftest import NAME, Site
from tests.probe.ike.responder import accepting, refusing, silent
from tests.probe.tls.servers import NOT_FOUND, context_of, saying

_NOW = "2026-11-27T10:00:00+00:00"


def _probe(site: Site, addresses: Mapping[str, tuple[str, ...]], **settings: Any) -> ProbeReport:
    """Probe the names that are given with their addresses."""

    def resolve(name: str) -> tuple[str, ...]:
        if not addresses[name]:
            raise NoAddress("DNS does not know it")
        return addresses[name]

    ports = {"tls_port": site.tls_port, "ike_port": site.ike_port, "nat_port": site.nat_port}
    wanted = ProbeSettings(ca_file=site.ca_file, **{**ports, **settings})
    return probe_servers([*addresses], wanted, made_by="1", made_at=_NOW, resolve=resolve)


def _ids(report: ProbeReport, subject: str | None = None) -> set[str]:
    return {one.id for one in report.findings if subject in (None, one.subject)}


def test_a_server_that_is_right_has_notes_alone(site: Site) -> None:
    site.serve()
    found = _probe(site, {NAME: ("127.0.0.1",)})
    assert _ids(found) == {"ike-both-offers", "ike-fragmentation"}
    assert (found.exit_code, found.unread) == (0, ())
    [address] = found.addresses
    assert address.names == (NAME,)
    assert address.tls.sstp is not None
    assert address.tls.sstp.speaks
    assert address.ike.same_responder is True


def test_servers_that_are_alike_have_no_differences(site: Site) -> None:
    context = context_of(site.ca.issue_cert(NAME))
    for address in ("127.0.0.1", "127.0.0.2", "127.0.0.3"):
        site.serve(address, context=context)
    found = _probe(site, {NAME: ("127.0.0.1", "127.0.0.2"), "vpn2.example.com": ("127.0.0.3",)})
    assert not {id_ for id_ in _ids(found) if id_.startswith("addresses-differ")}
    assert [one.address for one in found.addresses] == ["127.0.0.1", "127.0.0.2", "127.0.0.3"]
    # The second name is not in the certificate.
    assert _ids(found, "127.0.0.3") >= {"certificate-name"}
    assert found.exit_code == 3


def test_servers_behind_one_name_are_compared(site: Site) -> None:
    site.serve("127.0.0.1")
    site.serve("127.0.0.2", answer=saying(NOT_FOUND), ike=accepting(fragmentation=False))
    found = _probe(site, {NAME: ("127.0.0.1", "127.0.0.2")})
    differences = {one.id: one.text for one in found.findings if one.subject == "all addresses"}
    assert set(differences) == {
        "addresses-differ-certificate",
        "addresses-differ-sstp",
        "addresses-differ-fragmentation",
    }
    assert differences["addresses-differ-sstp"] == (
        "The addresses differ in SSTP: served on 127.0.0.1; not served on 127.0.0.2."
    )
    assert _ids(found, "127.0.0.2") >= {"sstp-not-served", "ike-no-fragmentation"}
    assert "sstp-not-served" not in _ids(found, "127.0.0.1")


def test_offers_that_are_judged_differently_are_a_difference(site: Site) -> None:
    context = context_of(site.ca.issue_cert(NAME))
    site.serve("127.0.0.1", context=context)
    site.serve("127.0.0.2", context=context, ike=refusing(14))
    found = _probe(site, {NAME: ("127.0.0.1", "127.0.0.2")})
    assert _ids(found, "all addresses") == {
        "addresses-differ-default-offer",
        "addresses-differ-hardened-offer",
    }
    assert "ike-offers-refused" in _ids(found, "127.0.0.2")


@pytest.mark.parametrize(
    ("names", "begins", "ends", "id_"),
    [
        ((NAME,), -1, 10, "certificate-expires-soon"),
        ((NAME,), -10, -1, "certificate-expired"),
        ((NAME,), 1, 90, "certificate-not-yet-valid"),
        (("*.vpn.example.com", "example.com"), -1, 90, "certificate-name"),
        (("*.example.com",), -1, 90, None),
    ],
)
def test_certificates_are_judged_as_they_come(
    site: Site, names: tuple[str, ...], begins: int, ends: int, id_: str | None
) -> None:
    now = datetime.now(UTC)
    certificate = site.ca.issue_cert(
        *names, not_before=now + timedelta(days=begins), not_after=now + timedelta(days=ends)
    )
    site.serve(context=context_of(certificate))
    found = aovpn.probe_server(
        "127.0.0.1",
        name=NAME,
        tls_port=site.tls_port,
        ike_port=site.ike_port,
        nat_port=site.nat_port,
        ca_file=site.ca_file,
    )
    expected = set() if id_ is None else {id_}
    assert _ids(found) - {"ike-both-offers", "ike-fragmentation"} == expected


def test_a_missing_intermediate_is_told_from_a_whole_chain(site: Site) -> None:
    certificate = site.ca.create_child_ca().issue_cert(NAME)
    site.serve("127.0.0.1", context=context_of(certificate))
    site.serve("127.0.0.2", context=context_of(certificate, whole_chain=False))
    found = _probe(site, {NAME: ("127.0.0.1", "127.0.0.2")})
    assert "certificate-chain-incomplete" not in _ids(found, "127.0.0.1")
    assert "certificate-chain-incomplete" in _ids(found, "127.0.0.2")
    assert not _ids(found, "all addresses")


def test_silence_of_ike_is_a_warning_that_proves_nothing(site: Site) -> None:
    site.serve(ike=silent)
    found = _probe(site, {NAME: ("127.0.0.1",)}, timeout=0.2)
    texts = [one.text for one in found.findings if one.id == "ike-silent"]
    assert len(texts) == 2
    assert all("silence proves nothing" in text for text in texts)
    assert found.exit_code == 3


def test_a_name_without_an_address_could_not_be_looked_at(site: Site) -> None:
    site.serve()
    found = _probe(site, {NAME: ("127.0.0.1",), "missing.example.com": ()})
    assert [(one.subject, one.reason) for one in found.unread] == [
        ("missing.example.com", "DNS does not know it")
    ]
    assert [one.address for one in found.addresses] == ["127.0.0.1"]
    assert found.exit_code == 1


def test_an_address_that_answers_nothing_could_not_be_looked_at(site: Site) -> None:
    site.serve()
    found = _probe(site, {NAME: ("127.0.0.1", "127.0.0.9")})
    [unread] = found.unread
    assert unread.subject == "127.0.0.9"
    assert "the connection is refused" in unread.reason
    assert "nothing listens there" in unread.reason
    assert not _ids(found, "127.0.0.9")
    assert found.exit_code == 1


def test_an_address_is_probed_once_for_all_its_names(site: Site) -> None:
    site.serve()
    found = _probe(site, {NAME: ("127.0.0.1",), "127.0.0.1": ("127.0.0.1",)})
    [address] = found.addresses
    assert address.names == (NAME,)
    assert len(site.heard["127.0.0.1"]) == 1


def test_many_addresses_take_no_longer_than_one(site: Site) -> None:
    site.serve(ike=silent)
    started = time.monotonic()
    found = _probe(site, {NAME: tuple(f"127.0.1.{n}" for n in range(1, 17))}, timeout=0.5)
    assert len(found.unread) == 16
    assert time.monotonic() - started < 8


def test_an_address_alone_has_no_name_to_compare(site: Site) -> None:
    site.serve()
    found = aovpn.probe_server(
        "127.0.0.1",
        tls_port=site.tls_port,
        ike_port=site.ike_port,
        nat_port=site.nat_port,
        ca_file=site.ca_file,
    )
    assert "name-not-compared" in _ids(found)
    assert found.exit_code == 0
    assert found.made_by


@pytest.mark.parametrize("hosts", [(), ("vpn.example.com:443",), ("https://vpn.example.com",)])
def test_what_is_no_server_is_refused(hosts: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        aovpn.probe_server(*hosts)


def test_the_module_does_not_hide_the_function() -> None:
    import aovpn_remediate.probe.server

    assert callable(aovpn.probe_server)
    assert aovpn_remediate.probe.server.probe_servers is probe_servers
