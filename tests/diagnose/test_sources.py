"""The events that are read on hosts are those that the rules know, with the fields that count."""

from __future__ import annotations

import pytest

from aovpn_remediate.diagnose.events.meaning import evidence_of
from aovpn_remediate.diagnose.events.record import Event
from aovpn_remediate.diagnose.evidence import What
from aovpn_remediate.diagnose.rules import read_rules
from aovpn_remediate.engine.reading.event_sources import SOURCES

_ASKED = {
    (provider.casefold(), number)
    for queries in SOURCES.values()
    for query in queries
    for provider, ids in query.wanted.items()
    for number in ids
}
_PROVIDERS = {
    What.NPS_EVENT: ("microsoft-windows-security-auditing", "nps"),
    What.KDC_EVENT: ("microsoft-windows-kerberos-key-distribution-center",),
    What.RRAS_EVENT: ("remoteaccess",),
    What.SSTP_EVENT: ("microsoft-windows-rassstp",),
    What.CONNECTOR_EVENT: ("microsoft-intune-certificateconnectors",),
}


@pytest.mark.parametrize("what", _PROVIDERS)
def test_every_event_of_a_rule_is_read_on_hosts(what: What) -> None:
    conditions = [
        condition
        for rule in read_rules().rules
        for condition in (*rule.needs, *rule.not_with)
        if condition.what is what
    ]
    codes = {code for condition in conditions for code in condition.codes}
    assert codes
    read = {number for provider, number in _ASKED if provider in _PROVIDERS[what]}
    assert codes <= read


def test_the_positions_that_are_read_are_those_that_count() -> None:
    """An event with only these fields tells as much as one with all of them."""
    whole = tuple(f"10{at}" for at in range(8))
    for query in (query for queries in SOURCES.values() for query in queries):
        for provider, ids in query.wanted.items():
            for number, fields in ids.items():
                part = tuple(text if at in fields else "" for at, text in enumerate(whole))
                if query.id != "nps":  # whose fields have names
                    told = evidence_of(Event(provider, number, data=part))
                    assert told == evidence_of(Event(provider, number, data=whole)), number
