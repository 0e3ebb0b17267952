"""Steps that a playbook wants to be done by hand: read, told, and never set."""

from __future__ import annotations

from typing import Any

import pytest

from aovpn_remediate.errors import PlaybookError
from aovpn_remediate.lab.windows.model import HostSeed, ValueSeed
from aovpn_remediate.playbook.loader import load_playbook
from tests.engine.conftest import MakeSite, Site

_KEY = r"HKLM\SOFTWARE\A"
_VALUE = {"key": _KEY, "name": "v", "type": "string", "data": "TRUE", "or_absent": True}
_WHY = "register the users, then remove the value"


def step(**more: Any) -> dict[str, Any]:
    return {"id": "match", "registry_value": _VALUE, **more}


def site_with(make_site: MakeSite, value: str | None = "FALSE") -> Site:
    values = {} if value is None else {"v": ValueSeed(string=value)}
    return make_site({"nps-01": HostSeed(name="NPS-01", registry={_KEY: values})})


def test_a_difference_needs_a_person_and_nothing_is_set(make_site: MakeSite) -> None:
    site = site_with(make_site)
    before = site.snapshots()
    plan = site.plan(site.playbook(steps=[step(manual=_WHY, then={"restart": ["IAS"]})]))
    [planned] = plan.hosts[0].steps
    assert (planned.action, planned.reason, bool(planned.then)) == ("manual", _WHY, False)
    run = site.apply(plan)
    [done] = run.hosts[0].steps
    assert (done.status, done.message, run.exit_code) == ("manual", _WHY, 3)
    assert site.snapshots() == before


@pytest.mark.parametrize("value", ["TRUE", None])
def test_without_a_difference_there_is_nothing_to_do(
    make_site: MakeSite, value: str | None
) -> None:
    site = site_with(make_site, value)
    assert site.plan(site.playbook(steps=[step(manual=_WHY)])).exit_code == 0


@pytest.mark.parametrize("first", [True, False])
def test_another_playbook_that_sets_it_may(make_site: MakeSite, first: bool) -> None:
    site = site_with(make_site)
    one = site.playbook("one", steps=[step(manual=_WHY)])
    other = site.playbook("other", steps=[step()])
    plan = site.plan(*((one, other) if first else (other, one)))
    [planned] = plan.hosts[0].steps
    assert (planned.action, planned.reason) == ("update", "")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "should not be empty"),
        ("{{ why }}", "expression"),
        (["a"], "should be text"),
    ],
)
def test_the_text_is_plain(make_site: MakeSite, text: Any, problem: str) -> None:
    path = site_with(make_site).playbook(steps=[step(manual=text)])
    with pytest.raises(PlaybookError, match=problem):
        load_playbook(path)
