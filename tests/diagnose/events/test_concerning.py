"""Groups of one user or one computer: what names nobody stays, and what names others goes."""

from __future__ import annotations

import pytest

from aovpn_remediate.diagnose.events.join import Group, concerning
from aovpn_remediate.diagnose.evidence import Evidence, What


def group(name: str, *seen: tuple[str, str]) -> Group:
    """Evidence with these users and computers."""
    return Group(name, tuple(Evidence(What.CLIENT_ERROR, 853, "", u, m) for u, m in seen))


_GROUPS = (
    group("a on 7", (r"CORP\a.b", "PC-7.corp.example"), ("a.b@corp.example", "")),
    group("c on 8", ("c.d", "PC-8")),
    group("a alone", ("A.B", "")),
    group("c alone", ("c.d", "")),
    group("tunnel of 7", ("host/PC-7.corp.example", "")),
    group("server", ("", "")),
)


@pytest.mark.parametrize(
    ("user", "machines", "left"),
    [
        ("", (), ["a on 7", "c on 8", "a alone", "c alone", "tunnel of 7", "server"]),
        ("a.b", (), ["a on 7", "a alone", "server"]),
        (r"x\C.D", (), ["c on 8", "c alone", "server"]),
        ("", ("pc-7",), ["a on 7", "a alone", "tunnel of 7", "server"]),
        ("", ("x", "PC-8"), ["c on 8", "c alone", "server"]),
        ("", ("PC-9",), ["a alone", "c alone", "tunnel of 7", "server"]),
        ("a.b", ("PC-8",), ["a alone", "server"]),
        ("nobody", (), ["server"]),
    ],
)
def test_groups_of_a_user_or_a_computer(
    user: str, machines: tuple[str, ...], left: list[str]
) -> None:
    assert [one.subject for one in concerning(_GROUPS, user=user, machines=machines)] == left
