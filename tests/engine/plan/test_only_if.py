"""Checks that decide whether a playbook is for a host at all."""

from __future__ import annotations

from typing import Any

import pytest

from aovpn_remediate.errors import PlaybookError
from aovpn_remediate.lab.windows.model import HostSeed, ServiceSeed
from aovpn_remediate.playbook.loader import load_playbook
from tests.engine.conftest import MakeSite, Site

_VALUE = {"key": r"HKLM\SOFTWARE\A", "name": "v", "type": "dword", "data": 1, "create_key": True}
_PARTS: dict[str, Any] = {
    "only_if": [{"service": {"name": "IAS", "exists": True}}],
    "before": [{"service": {"name": "Other", "exists": True}}],
    "steps": [{"registry_value": _VALUE}],
}


def site_with(make_site: MakeSite, *services: str, **quirks: Any) -> Site:
    seed = HostSeed(name="NPS-01", services=dict.fromkeys(services, ServiceSeed()))
    site = make_site({"nps-01": seed})
    for name, value in quirks.items():
        setattr(site.state().quirks, name, value)
    return site


@pytest.mark.parametrize(
    ("services", "status", "code"),
    [
        ((), "not_applicable", 0),
        (("Other",), "not_applicable", 0),
        (("IAS",), "blocked", 1),
        (("IAS", "Other"), "applies", 3),
    ],
)
def test_a_host_without_it_is_no_host_for_the_playbook(
    make_site: MakeSite, services: tuple[str, ...], status: str, code: int
) -> None:
    site = site_with(make_site, *services)
    before = site.snapshots()
    plan = site.plan(site.playbook(**_PARTS))
    [book] = plan.hosts[0].playbooks
    assert (book.status, plan.exit_code) == (status, code)
    if status == "not_applicable":
        assert book.reason == "service IAS: absent"
        assert not plan.hosts[0].steps
        assert site.apply(plan).exit_code == 0
        assert site.snapshots() == before


def test_what_cannot_be_read_is_unknown(make_site: MakeSite) -> None:
    site = site_with(make_site, "IAS", "Other", unreadable={"service": "Access is denied."})
    plan = site.plan(site.playbook(**_PARTS))
    [book] = plan.hosts[0].playbooks
    assert (book.status, book.reason) == ("unknown", "service IAS: Access is denied.")
    assert plan.exit_code == 1


def test_its_variables_are_needed_and_its_mistakes_are_told(make_site: MakeSite) -> None:
    site = site_with(make_site)
    asked = [{"service": {"name": "{{ service }}", "exists": True}}]
    file = load_playbook(site.playbook(**{**_PARTS, "only_if": asked}))
    assert file.needs() == {"service"}
    wrong = site.playbook("wrong", **{**_PARTS, "only_if": [{"servce": {"name": "IAS"}}]})
    with pytest.raises(PlaybookError, match=r"only_if\[0\].*unknown kind \(did you mean service"):
        load_playbook(wrong)
