from __future__ import annotations

import pytest

from tests.inspect.profiles.made import (
    NAME,
    ROOT,
    eap,
    notes,
    peap,
    report,
    serious,
    the,
    tls,
    unread,
    user,
    validation,
)

_OTHER = "1" * 40


def _profile(outer: str | None = None, inner: str | None = None) -> str:
    return user(configuration=eap(peap(outer, tls(inner))))


def test_names_and_roots_are_read_in_both_places() -> None:
    found = report(user())
    outer, inner = found.profiles[0].server_validation
    assert (outer.method, inner.method) == ("PEAP", "EAP-TLS inside PEAP")
    assert outer.server_names == inner.server_names == (NAME,)
    assert outer.trusted_roots == inner.trusted_roots == (ROOT,)


def test_eap_tls_alone() -> None:
    found = report(eap(tls(), 13))
    assert serious(found) == []
    assert [v.method for v in found.profiles[0].server_validation] == ["EAP-TLS"]
    assert found.profiles[0].kind == "EAP configuration"


def test_no_names_accept_any_server() -> None:
    found = report(_profile(validation(""), validation("")))
    assert serious(found) == ["server-names-empty"] * 2
    fixes = [f.fix for f in found.findings]
    assert all("Name the NPS servers" in fix for fix in fixes)


def test_no_server_validation_at_all() -> None:
    found = report(_profile(None, ""))
    assert serious(found) == ["trusted-root-missing", "server-names-empty"]
    assert all("EAP-TLS inside PEAP" in f.text for f in found.findings)


@pytest.mark.parametrize(
    ("outer", "inner", "ids"),
    [
        ("a.example", "b.example", ["server-names-differ"]),
        ("a.example;b.example", "b.example", ["server-names-differ"]),
        ("A.example", "a.example", ["server-names-differ-in-case"]),
        ("a.example; b.example", "b.example;a.example", []),
    ],
)
def test_the_two_places_are_compared(outer: str, inner: str, ids: list[str]) -> None:
    assert serious(report(_profile(validation(outer), validation(inner)))) == ids


def test_names_that_share_no_server_are_a_problem() -> None:
    found = report(_profile(validation("a.example"), validation("b.example")))
    assert the(found, "server-names-differ").severity == "problem"
    found = report(_profile(validation("a.example"), validation("^b.*$")))
    assert the(found, "server-names-differ").severity == "warning"


def test_a_regular_expression_is_a_note() -> None:
    found = report(_profile(validation(r"nps-\d+\.corp"), validation(r"nps-\d+\.corp")))
    assert serious(found) == []
    assert notes(found) == ["server-name-pattern"] * 2


@pytest.mark.parametrize("roots", [(), ("",), (" ",)])
def test_every_windows_11_wants_a_root_in_the_profile(roots: tuple[str, ...]) -> None:
    found = report(_profile(validation(roots=roots), validation()))
    assert serious(found) == ["trusted-root-missing"]
    assert "853" in the(found, "trusted-root-missing").text


@pytest.mark.parametrize("root", ["12 34", ROOT + "00", "zz" * 20, f"\u200e{ROOT}", "a:b"])
def test_a_root_is_a_thumbprint(root: str) -> None:
    found = report(eap(tls(validation(roots=(root,))), 13))
    assert serious(found) == ["trusted-root-invalid"]
    assert found.profiles[0].server_validation[0].trusted_roots == (root,)


def test_several_roots_are_all_shown() -> None:
    found = report(eap(tls(validation(roots=(ROOT.upper(), _OTHER))), 13))
    assert serious(found) == []
    assert found.profiles[0].server_validation[0].trusted_roots == (ROOT, _OTHER)


def test_roots_that_differ() -> None:
    found = report(_profile(validation(), validation(roots=(_OTHER,))))
    assert serious(found) == ["trusted-roots-differ"]


def test_the_prompt() -> None:
    off = validation().replace(">true<", ">false<")
    assert serious(report(eap(tls(off), 13))) == ["server-prompt"]
    silent = validation().replace("DisableUserPrompt", "SomethingElse")
    found = report(eap(tls(silent), 13))
    assert serious(found) == []
    assert notes(found) == ["server-prompt-not-set"]


def test_validation_that_is_switched_off() -> None:
    whole = eap(tls(), 13)
    off = whole.replace("true</PerformServerValidation>", "false</PerformServerValidation>")
    assert serious(report(off)) == ["server-validation-off"]
    loose = whole.replace("true</AcceptServerName>", "false</AcceptServerName>")
    assert serious(report(loose)) == ["server-names-not-checked"]
    outer = user().replace("true</AcceptServerName>", "false</AcceptServerName>")
    assert serious(report(outer)) == ["server-names-not-checked"] * 2


def test_namespace_prefixes_are_as_good() -> None:
    text = user()
    for name in ("ServerValidation", "ServerNames", "TrustedRootCA"):
        text = text.replace(f"<{name}>", f"<q:{name}>").replace(f"</{name}>", f"</q:{name}>")
    text = text.replace("<EapType xmlns=", '<EapType xmlns:q="urn:q" xmlns=')
    found = report(text)
    assert serious(found) == []
    assert found.profiles[0].server_validation[0].server_names == (NAME,)


def test_methods_that_are_not_judged() -> None:
    found = report(eap(tls().replace("<Type>13<", "<Type>21<"), 21))
    assert (serious(found), notes(found)) == ([], ["eap-method-not-judged"])


def test_a_blob_is_not_judged() -> None:
    head, rest = eap("@").split("<Config ", 1)
    tail = rest.partition("</Config>")[2]
    found = report(f"{head}<ConfigBlob>0a0b</ConfigBlob>{tail}")
    assert (serious(found), notes(found)) == ([], ["eap-config-blob"])


def test_eap_without_a_configuration() -> None:
    for configuration in ("", "<!-- paste it here -->", "&lt;Eap/&gt;"):
        assert "eap-missing" in serious(report(user(configuration=configuration)))
    assert serious(report(eap(""))) == ["eap-missing"]


def test_an_escaped_configuration_that_is_no_xml() -> None:
    with unread(report(user(configuration="&lt;EapHostConfig&gt;\n&lt;x"))) as reason:
        assert reason.startswith("its EAP configuration is not read: line 2, column 1")
