from __future__ import annotations

import json

import pytest

from tests.inspect.profiles.made import (
    NAME,
    device,
    eap,
    escaped,
    export,
    in_base64,
    notes,
    report,
    route,
    serious,
    setting,
    tls,
    unread,
    user,
)

_WRONG = user(routes=route("172.21.12.0", 21))
_DECLARED = '<?xml version="1.0" encoding="{}"?>\n'
_CDATA = "<![CDATA[172.21.12.0]]>"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("declaration", ["", _DECLARED.format("utf-8"), _DECLARED.format("utf-16")])
def test_each_way_to_write_a_file(encoding: str, line_end: str, declaration: str) -> None:
    text = (declaration + _WRONG).replace("\n", line_end)
    found = report(text.encode(encoding))
    assert found.unread == ()
    assert serious(found) == ["route-host-address"]


@pytest.mark.parametrize("name", ["windows-1252", "ISO-8859-1", "us-ascii"])
def test_an_older_encoding_is_taken_from_the_declaration(name: str) -> None:
    text = _DECLARED.format(name) + user().replace("corp.example<", "b\u00fcro.example<", 1)
    data = text.encode("cp1252" if name != "us-ascii" else "ascii", "xmlcharrefreplace")
    assert serious(report(data)) == []


@pytest.mark.parametrize(
    ("declared", "encoding", "ids"),
    [
        ("utf-8", "utf-8", []),
        ("UTF-16", "utf-16", []),
        ("utf-16", "utf-16-be", []),
        ("Windows-1252", "cp1252", []),
        ("utf-16", "utf-8", ["encoding-declared"]),
        ("utf-8", "utf-16", ["encoding-declared"]),
        ("ebcdic", "utf-8", ["encoding-declared"]),
    ],
)
def test_a_declaration_of_another_encoding_is_a_note(
    declared: str, encoding: str, ids: list[str]
) -> None:
    found = report((_DECLARED.format(declared) + user()).encode(encoding))
    assert (serious(found), notes(found)) == ([], ids)


def test_a_file_that_is_not_in_its_encoding() -> None:
    data = user().replace("<DnsSuffix>", "<DnsSuffix>\u00fc").encode("cp1252")
    with unread(report(data)) as reason:
        assert reason == "line 3, byte 14: it is not UTF-8 text"
    with unread(report(user().encode("utf-16")[:-1])) as reason:
        assert reason.startswith("it is not UTF-16 text")


@pytest.mark.parametrize(
    "text",
    [
        user(configuration=escaped(eap())),
        user(configuration="\n  " + escaped(_DECLARED.format("utf-8") + eap()) + "\n"),
        user(configuration=f"<![CDATA[{eap()}]]>"),
    ],
)
def test_eap_as_a_text_inside_xml(text: str) -> None:
    found = report(text)
    assert serious(found) == []
    assert found.profiles[0].server_validation[1].server_names == (NAME,)


@pytest.mark.parametrize(
    "address",
    ["172.21.<!-- net -->12.0", _CDATA, "&#49;72.21.12.0", "\n172.21.12.0\n", "172.<?x?>21.12.0"],
)
def test_a_value_however_it_is_written(address: str) -> None:
    assert serious(report(user(routes=route(address, 21)))) == ["route-host-address"]


def test_an_export_with_several_profiles() -> None:
    found = report(
        export(
            setting(_WRONG),
            setting("quiet", omaUri="./Vendor/MSFT/Policy/Config/X", displayName="Other"),
            setting(
                in_base64(device()),
                omaUri="./Device/Vendor/MSFT/VPNv2/Device%20Tunnel/ProfileXML",
                displayName="",
            ),
        )
    )
    assert [(p.name, p.kind) for p in found.profiles] == [
        ("VPN clients / User tunnel", "user tunnel"),
        ("VPN clients / Device Tunnel", "device tunnel"),
    ]
    assert found.other_settings == 1
    assert serious(found) == ["route-host-address"]
    assert found.findings[0].subject == "VPN clients / User tunnel"


@pytest.mark.parametrize(
    "wrap",
    [
        lambda text: json.dumps([json.loads(export(setting(text)))]),
        lambda text: json.dumps({"value": [json.loads(export(setting(text)))]}),
        lambda text: json.dumps([setting(text)]),
        lambda text: json.dumps(setting(text), ensure_ascii=False),
        lambda text: "\ufeff" + export(setting("\ufeff" + text)),
        lambda text: export(setting(in_base64("\ufeff" + text))),
        lambda text: export(setting(text)).replace("<", "\\u003c").replace("/", "\\/"),
        lambda text: export(setting(text, omaUri="./odd/place")),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_each_form_of_an_export(wrap: object, encoding: str) -> None:
    assert callable(wrap)
    found = report(wrap(_WRONG).encode(encoding))
    assert found.unread == ()
    assert serious(found) == ["route-host-address"]


def test_eap_alone_in_an_export() -> None:
    uri = "./User/Vendor/MSFT/VPNv2/T/NativeProfile/Authentication/Eap/Configuration"
    found = report(export(setting(eap(tls(), 13), omaUri=uri)))
    assert [p.kind for p in found.profiles] == ["EAP configuration"]
    assert serious(found) == []


def test_numbers_in_an_export_are_no_matter() -> None:
    text = export(setting(_WRONG)).replace("{", '{"n": 1e999, "m": ' + "9" * 5000 + ", ", 1)
    assert serious(report(text)) == ["route-host-address"]


def test_equal_names_in_an_export_are_told_apart() -> None:
    found = report(export(setting(user()), setting(user()), setting(_WRONG)))
    assert [p.name for p in found.profiles] == [
        "VPN clients / User tunnel",
        "VPN clients / User tunnel (2)",
        "VPN clients / User tunnel (3)",
    ]
    assert found.findings[0].subject == "VPN clients / User tunnel (3)"


def test_an_encrypted_value_is_said() -> None:
    found = report(export(setting("***", isEncrypted=True), setting(user())))
    with unread(found) as reason:
        assert "encrypted" in reason
        assert "getOmaSettingPlainTextValue" in reason
    assert len(found.profiles) == 1


def test_an_encrypted_value_of_another_setting_is_no_matter() -> None:
    other = setting(None, omaUri="./Vendor/MSFT/WiFi/x", isEncrypted=True)
    assert report(export(setting(user()), other)).exit_code == 0


@pytest.mark.parametrize("value", [None, 1, "", "hunter2", "aHVudGVyMg=="])
def test_a_value_that_is_no_profile(value: object) -> None:
    with unread(report(export(setting(value)))) as reason:
        assert reason.startswith("its value is")
        assert "hunter2" not in reason


def test_other_settings_are_shown_nowhere() -> None:
    others = (
        setting("hunter2", omaUri="./Vendor/MSFT/WiFi/x", displayName="swordfish"),
        setting(in_base64("<a>hunter2</a>"), omaUri="./Vendor/MSFT/x", displayName="swordfish"),
    )
    shown = report(export(setting(_WRONG), *others)).model_dump_json()
    assert "hunter2" not in shown
    assert "swordfish" not in shown


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("AlwaysOn=1", "it is neither XML nor JSON"),
        ("\0\0\0\0", "it is neither XML nor JSON"),
        ("<a/>", "line 1, column 1: the root is a"),
        ("<VPNProfile>", "line 1, column 13: no element found"),
        ("<VPNProfile>\n <b></c>", "line 2, column 7: mismatched tag"),
        ("<VPNProfile/><VPNProfile/>", "line 1, column 14: junk after document element"),
        ("\n<?xml version='1.0'?><VPNProfile/>", "line 2, column 1: XML or text declaration"),
        ("<VPNProfile>\0</VPNProfile>", "line 1, column 13: not well-formed"),
        ("<VPNProfile>&#0;</VPNProfile>", "line 1, column 13: reference to invalid character"),
        ("<VPNProfile>&nbsp;</VPNProfile>", "line 1, column 13: undefined entity"),
        ("{", "it is not JSON: line 1, column 2"),
        ("[]", "no setting in it is a VPN profile"),
        ('{"a": NaN}', "it is not JSON: NaN"),
        ("[" * 100_000, "it is not JSON: it is nested too deeply"),
        (export(setting("<VPNProfile>")), "line 1, column 13: no element found"),
        (export(setting("<VPNProfile>\ud800</VPNProfile>")), "line 1, column 13: half of a"),
        ("<a>" * 100_000, "line 1, column 301: its elements are nested more than 100 deep"),
        ("<VPNProfile>" + " " * 1024 * 1024, "it is larger than 1024 KiB"),
    ],
)
def test_what_cannot_be_read_is_one_line(text: str, reason: str) -> None:
    with unread(report(text)) as found:
        assert found.startswith(reason)


_LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "ha">' for n in range(10)
)


@pytest.mark.parametrize(
    "text",
    [
        f"<!DOCTYPE VPNProfile [{_LAUGHS}]><VPNProfile>&l9;</VPNProfile>",
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><VPNProfile>&x;</VPNProfile>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><VPNProfile/>',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><VPNProfile/>',
        "<!DOCTYPE VPNProfile><VPNProfile/>",
    ],
)
def test_no_entity_is_expanded(text: str) -> None:
    refused = "it has a document type or declares an entity, and none of that is read"
    with unread(report(text)) as reason:
        assert reason.endswith(refused)
    with unread(report(export(setting(text)))) as reason:
        assert reason.endswith(refused)
    with unread(report(user(configuration=escaped(text)))) as reason:
        assert reason.endswith(refused)
