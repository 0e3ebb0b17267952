"""Conditional Access of a VPN connection, in phone books that are files of this Windows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.arranged import state
from tests.powershell.host import EngineHost, read_step

_KIND = "AovpnVpnConnectionConditionalAccess"
_PBK = r"Microsoft\Network\Connections\Pbk"
_PROFILES = r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"
_ALL = {"Name": "Always On VPN", "AllUsers": True}
_USERS = {"Name": "Always On VPN", "AllUsers": False}
_EAP = '<EapHostConfig xmlns="urn:h"><Config /></EapHostConfig>'
_ENTRY = ["DeviceComplianceEnabled=1", "DeviceComplianceSsoEnabled=0"]
_ENTRY += ["DeviceComplianceSsoEku=1.2.3", "DeviceComplianceSsoIssuer=0f 1e"]
_VALUES = {"enabled": "1", "sso": "0", "eku": "1.2.3", "issuer": "0f 1e"}
_UNSAID = dict.fromkeys(_VALUES)


@pytest.fixture(autouse=True)
def _client(stand_ins: EngineHost) -> Iterator[None]:
    yield
    stand_ins.run(
        f"Remove-Item '{_PROFILES}\\Aovpn*' -Recurse -ErrorAction Ignore\n"
        f'Remove-Item "$env:ProgramData\\{_PBK}", C:\\Users\\aovpn* -Recurse -ErrorAction Ignore'
    )


def book(lines: list[str], folder: str = f'"$env:ProgramData\\{_PBK}"') -> str:
    """A script that makes a phone book of these lines. `folder` is a text in quotes."""
    text = literal("\r\n".join(lines))
    return (
        f"$null = [IO.Directory]::CreateDirectory({folder})\n"
        f"[IO.File]::WriteAllText({folder} + '\\rasphone.pbk', {text})"
    )


def user(name: str, lines: list[str] | None) -> str:
    """A script that makes a user of this Windows, with a phone book of these lines."""
    folder, key = f"C:\\Users\\aovpn{name}", f"{_PROFILES}\\Aovpn{name}"
    script = (
        f"$null = New-Item '{key}' -Force\n"
        f"$null = New-ItemProperty '{key}' ProfileImagePath -Value '{folder}'"
    )
    if lines is None:
        return script
    path = literal(f"{folder}\\AppData\\Roaming\\{_PBK}")
    return f"{script}\n{book(lines, path)}"


def connection(name: str = "Always On VPN", eap: str | None = _EAP) -> str:
    """A script that makes a connection of all users."""
    return state("VpnClient", Connections=[{"Name": name, "AllUserConnection": True, "Eap": eap}])


def places(host: EngineHost, target: Mapping[str, Any], *arrange: str) -> Any:
    return host.read(_KIND, target, arrange="\n".join(arrange))["places"]


def refusal(host: EngineHost, target: Mapping[str, Any], *arrange: str) -> str:
    step = read_step(_KIND, target)
    record = host.record("\n".join([*arrange, step]))
    assert not record["ok"], record
    return str(record["error"]["message"])


# Of all users


def test_the_entry_and_the_eap_configuration_are_told(windows: EngineHost) -> None:
    found = windows.read(
        _KIND,
        {**_ALL, "Name": "ALWAYS on VPN"},
        arrange=f"{connection()}\n{book(['[Always On VPN]', *_ENTRY])}",
    )
    assert found == {
        "mdm": {"providers": [], "profiles": []},
        "places": [{**_VALUES, "whose": "all users", "eap": _EAP}],
        "unread": [],
    }


def test_no_value_of_another_entry_or_of_a_part_of_it_is_taken(windows: EngineHost) -> None:
    lines = ["DeviceComplianceEnabled=6", "[Always On VPN2]", *_ENTRY, "", "[Always On VPN] "]
    lines += ["DeviceComplianceSsoEku=a=b", "NoEqualSign", "DeviceComplianceEnabledX=7"]
    lines += ["DEVICE=vpn", "DeviceComplianceSsoEku=later", "[Z]", *_ENTRY, "[Always On VPN]"]
    [found] = places(windows, _ALL, connection(), book([*lines, *_ENTRY]))
    assert found == {**_UNSAID, "eku": "a=b", "whose": "all users", "eap": _EAP}


@pytest.mark.parametrize("name", ["it's \u2018so\u2019", "[a]*?", "$(throw 1) `n", "VPN\u00e9"])
def test_any_name_is_found(windows: EngineHost, name: str) -> None:
    target = {"Name": name, "AllUsers": True}
    [found] = places(windows, target, connection(name), book(["[a]", f"[{name}]", *_ENTRY]))
    assert found["enabled"] == "1"


def test_a_connection_without_eap_has_none(windows: EngineHost) -> None:
    [found] = places(windows, _ALL, connection(eap=None), book(["[Always On VPN]"]))
    assert found == {**_UNSAID, "whose": "all users", "eap": None}


def test_a_connection_that_is_not_there_is_absent(windows: EngineHost) -> None:
    assert windows.read(_KIND, _ALL) is None


@pytest.mark.parametrize("lines", [None, ["[Other]", *_ENTRY]], ids=["no book", "no entry"])
def test_a_connection_without_an_entry_is_not_absent(
    windows: EngineHost, lines: list[str] | None
) -> None:
    said = refusal(windows, _ALL, connection(), *([book(lines)] if lines else []))
    assert said.endswith("does not have the VPN connection Always On VPN, which Windows shows.")


# Of users


def test_the_phone_books_of_all_users_are_read(windows: EngineHost) -> None:
    found = places(
        windows,
        _USERS,
        user("1", ["[always on VPN]", *_ENTRY]),
        user("2", ["[Other]", *_ENTRY]),
        user("3", None),
        user("4", ["[Always On VPN]"]),
        f"$null = New-Item '{_PROFILES}\\Aovpn5' -Force",
    )
    assert found == [
        {**_VALUES, "whose": "C:\\Users\\aovpn1", "eap": None},
        {**_UNSAID, "whose": "C:\\Users\\aovpn4", "eap": None},
    ]


_DENIED = (
    "function Get-Content { [CmdletBinding()] param($LiteralPath, $Encoding)\n"
    "if ($LiteralPath -like '*aovpn1*') { throw 'Access is denied.' }\n"
    "Microsoft.PowerShell.Management\\Get-Content @PSBoundParameters }"
)


def test_a_phone_book_that_cannot_be_read_is_named(windows: EngineHost) -> None:
    users = [user(name, ["[Always On VPN]", *_ENTRY]) for name in "12"]
    found = windows.read(_KIND, _USERS, arrange="\n".join([*users, _DENIED]))
    assert [place["whose"] for place in found["places"]] == ["C:\\Users\\aovpn2"]
    assert found["unread"] == [f"C:\\Users\\aovpn1\\AppData\\Roaming\\{_PBK}\\rasphone.pbk"]


def test_where_no_phone_book_has_it_it_is_never_absent(windows: EngineHost) -> None:
    none = "No phone book of a user that can be read here has the VPN connection Always On VPN."
    assert refusal(windows, _USERS, user("1", ["[Other]"])) == none
    said = refusal(windows, _USERS, user("1", ["[Always On VPN]"]), _DENIED)
    assert said == f"{none} 1 phone books could not be read, which needs an administrator."
