"""The logs that tell of failed connections, by the role of a host, with events and fields to read.

The fields are those that `diagnose` makes evidence of: by name where the event has names, else by
position. None is a text in the language of the host.
"""

from __future__ import annotations

from collections.abc import Mapping

from aovpn_remediate.rendering.batch import EventQuery
from aovpn_remediate.resources.roles import Role

_Fields = tuple[int | str, ...]

_CONNECTION_USER_CODE: _Fields = (0, 1, 3)
_NPS: _Fields = ("SubjectUserName", "SubjectMachineName", "ReasonCode")
_KDC: Mapping[int, _Fields] = {
    21: ("Username", "Binary", 0, 1),
    **dict.fromkeys((39, 40, 41, 45), ("AccountName", 0)),
    **dict.fromkeys((201, 202, 203, 204, 206, 207, 208, 209), (1,)),
    **dict.fromkeys((19, 20, 32, 107, 205), ()),
}
_REMOTE_ACCESS: Mapping[int, _Fields] = {
    20255: (0, 1, 2),
    20269: (0, 1),
    20270: (0, 1),
    20271: (0, 1),
    20253: (0, 1, 2),
    **dict.fromkeys((20252, 20276), (0,)),
    **dict.fromkeys((20148, 20167, 20169, 20190, 20191, 20196, 20285, 20286), ()),
}
_SSTP: Mapping[int, _Fields] = dict.fromkeys(
    (1, 2, 4, 5, 6, 11, 12, 13, 16, 18, 19, 21, 23, 24, 25, 32), ()
)
_CONNECTORS = "Microsoft-Intune-CertificateConnectors"
_FAILED_REQUESTS: Mapping[int, _Fields] = dict.fromkeys((1001, 1201, 2001, 3001, 4001, 4002), ())
_WORK: Mapping[int, _Fields] = dict.fromkeys((1002, 1003, 1052, 5000, 5002), ())
"""Failures, and the successes that show that they are over."""
TOKEN_ERROR = "ESTS_TOKEN_ERROR"  # noqa: S105 - the name of an error

SOURCES: Mapping[Role, tuple[EventQuery, ...]] = {
    "client": (
        EventQuery(
            "client",
            ("Application",),
            {"RasClient": dict.fromkeys((20226, 20227), _CONNECTION_USER_CODE)},
        ),
    ),
    "nps": (
        EventQuery(
            "nps",
            ("Security",),
            {"Microsoft-Windows-Security-Auditing": dict.fromkeys((6273, 6274), _NPS)},
            signs=(6272,),
        ),
        EventQuery("radius", ("System",), {"NPS": dict.fromkeys((13, 17), ())}),
        EventQuery(
            "mfa",
            ("AuthZAdminCh", "Microsoft-AzureMfa-AuthZ/AuthZAdminCh"),
            {"AuthZAdminCh": {3: ()}},
            token=TOKEN_ERROR,
            optional=True,
        ),
    ),
    "domain_controller": (
        EventQuery(
            "kdc",
            ("System",),
            dict.fromkeys(
                ("Microsoft-Windows-Kerberos-Key-Distribution-Center", "KDC", "Kdcsvc"), _KDC
            ),
        ),
    ),
    "rras": (
        EventQuery(
            "rras",
            ("System",),
            {
                "RemoteAccess": _REMOTE_ACCESS,
                "Microsoft-Windows-MPRMSG": _REMOTE_ACCESS,
                "Microsoft-Windows-RasSstp": _SSTP,
            },
        ),
    ),
    "connector": (
        EventQuery("connector", (f"{_CONNECTORS}/Admin",), {_CONNECTORS: _FAILED_REQUESTS}),
        EventQuery("connector health", (f"{_CONNECTORS}/Operational",), {_CONNECTORS: _WORK}),
    ),
}


def queries_for(roles: Mapping[str, bool | None]) -> tuple[EventQuery, ...]:
    """Return the queries for a host with these roles: one for each log."""
    found: dict[tuple[str, ...], EventQuery] = {}
    for role, queries in SOURCES.items():
        for query in queries if roles.get(role) else ():
            same = found.get(query.logs)
            found[query.logs] = query if same is None else _united(same, query)
    return tuple(found.values())


def _united(one: EventQuery, other: EventQuery) -> EventQuery:
    """Return one query of a log that two roles ask for."""
    return EventQuery(f"{one.id}, {other.id}", one.logs, {**one.wanted, **other.wanted})
