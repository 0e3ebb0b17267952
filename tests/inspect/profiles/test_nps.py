from __future__ import annotations

import datetime as dt

import pytest

from aovpn_remediate.inspect.certificates.facts import certificate_facts
from aovpn_remediate.inspect.certificates.purposes import CLIENT
from tests.inspect.certificates.made import Made, issuing_ca, p7b, root_ca, server
from tests.inspect.profiles.made import (
    NAME,
    device,
    eap,
    fixed,
    notes,
    peap,
    report,
    serious,
    the,
    tls,
    user,
    validation,
)


def _names(outer: str, inner: str | None = None) -> str:
    inner = outer if inner is None else inner
    return user(configuration=eap(peap(validation(outer), tls(validation(inner)))))


def _certificate(*dns: str, **fields: object) -> bytes:
    return server(dns=dns, **fields).der


def test_equal_byte_for_byte() -> None:
    found = report(user(), nps_certificate=_certificate(NAME))
    assert serious(found) == []
    assert notes(found) == ["trusted-root-not-compared"] * 2


def test_another_case_matters_on_one_build_alone() -> None:
    found = report(user(), nps_certificate=_certificate(NAME.upper()))
    assert serious(found) == ["server-name-case"] * 2
    assert "build 22000" in found.findings[0].text
    assert found.findings[0].severity == "warning"


def test_another_name_is_a_problem() -> None:
    found = report(user(), nps_certificate=_certificate("nps-02.corp.example"))
    assert serious(found) == ["server-name-not-in-certificate"] * 2
    assert found.findings[0].severity == "problem"


def test_the_common_name_counts_without_a_san_alone() -> None:
    alone = server(subject=NAME, dns=()).der
    assert serious(report(user(), nps_certificate=alone)) == []
    beside = server(subject=NAME, dns=("other.example",)).der
    assert "server-name-not-in-certificate" in serious(report(user(), nps_certificate=beside))


def test_one_name_of_several_is_enough() -> None:
    found = report(_names(f"a.example; {NAME}"), nps_certificate=_certificate("b.example", NAME))
    assert serious(found) == []


def test_a_pattern_is_not_compared() -> None:
    found = report(_names("^nps-.*$"), nps_certificate=_certificate(NAME))
    assert serious(found) == []
    assert notes(found).count("server-name-not-compared") == 2


def test_an_empty_subject_is_nothing_for_nps() -> None:
    found = report(user(), nps_certificate=server(subject=None, dns=(NAME,)).der)
    one = the(found, "nps-certificate-empty-subject")
    assert one.subject == "NPS certificate"
    assert serious(found) == ["nps-certificate-empty-subject"]


def test_what_else_keeps_nps_from_using_it() -> None:
    old = server(
        dns=(NAME,),
        not_after=dt.datetime(2020, 1, 2, tzinfo=dt.UTC),
        not_before=dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
    ).der
    assert serious(report(user(), nps_certificate=old)) == ["nps-certificate-expired"]
    wrong = server(dns=(NAME,), ekus=(CLIENT,)).der
    assert serious(report(user(), nps_certificate=wrong)) == [
        "nps-certificate-without-server-authentication"
    ]


def _trusting(root: Made) -> str:
    both = validation(roots=(certificate_facts(root.certificate).sha1,))
    return user(configuration=eap(peap(both, tls(both))))


@pytest.mark.parametrize("form", ["pem", "p7b"])
def test_the_root_in_a_chain_is_compared(form: str) -> None:
    leaf = server(dns=(NAME,))
    some = (leaf, issuing_ca(), root_ca())
    chain = p7b(*some) if form == "p7b" else b"".join(one.pem for one in some)
    assert serious(report(_trusting(root_ca()), nps_certificate=chain)) == []
    assert notes(report(_trusting(root_ca()), nps_certificate=chain)) == []
    found = report(user(), nps_certificate=chain)
    assert serious(found) == ["trusted-root-not-of-certificate"] * 2
    assert "Root CA" in found.findings[0].text


def test_a_file_that_is_no_certificate() -> None:
    found = report(user(), nps_certificate=b"hello")
    (one,) = found.unread
    assert one.subject == "NPS certificate"
    assert found.exit_code == 1
    assert len(found.profiles) == 1


def test_a_device_tunnel_has_nothing_to_compare() -> None:
    found = report(device(), nps_certificate=_certificate(NAME))
    assert serious(found) == []
    assert notes(found) == ["device-tunnel-eligibility", "nps-certificate-not-compared"]


def test_the_case_is_corrected_in_both_places() -> None:
    text, done = fixed(
        _names(f"x.example ; {NAME.upper()}", NAME.title()), nps_certificate=_certificate(NAME)
    )
    assert text == _names(f"x.example ; {NAME}", NAME)
    assert [c.id for c in done.corrections] == ["server-name-case"] * 2
    assert serious(report(text, nps_certificate=_certificate(NAME))) == ["server-names-differ"]


def test_no_case_is_corrected_without_a_certificate() -> None:
    text, done = fixed(_names(NAME.upper()))
    assert text == _names(NAME.upper())
    assert done.corrections == ()


def test_a_name_that_fits_as_it_is_stays() -> None:
    names = f"{NAME};{NAME.upper()}"
    assert fixed(_names(names), nps_certificate=_certificate(NAME))[0] == _names(names)


def test_two_servers_of_one_name_in_two_cases_end() -> None:
    both = server(dns=(NAME.upper(),)).pem + server(dns=(NAME,)).pem
    text, _ = fixed(_names(NAME.title()), nps_certificate=both)
    assert fixed(text, nps_certificate=both)[0] == text


def test_a_comment_and_a_section_in_a_name_stay() -> None:
    broken = "NPS-<!-- the first --><![CDATA[01]]>.corp.example"
    text, _ = fixed(_names(broken), nps_certificate=_certificate(NAME))
    assert text == _names("nps-<!-- the first --><![CDATA[01]]>.corp.example")
