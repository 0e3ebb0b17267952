"""The preview of a rollback is what the rollback then does, step by step, and touches nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.results import Preview
from tests.engine.conftest import MakeSite, Site, dword, statuses
from tests.engine.scenes import KEY, NO_PERMIT, does, dwords, host, sets

NEW = f"{KEY}\\New"
_DOES = {"none": "unchanged", "manual": "stale"}
"""What becomes of a step that a preview does not show as a change."""


def previewed(site: Site, *runs: str) -> Preview:
    return aovpn.preview_rollback(runs, site.inventory, journal=site.journal)


def shown(preview: Preview) -> dict[str, list[str]]:
    """Return what a rollback does by its preview, host by host."""
    return {
        item.host: [_shown(step.readable, step.action) for step in item.steps]
        for item in preview.hosts
        if item.error is None
    }


def _shown(readable: bool, action: str) -> str:
    return _DOES.get(action, "changed") if readable else "unreadable"


def _key_made(site: Site) -> None:
    site.state().registry.remove(NEW, "n")


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda _: None, ["changed", "changed", "changed"]),
        (lambda site: sets(site, "b", 7)(), ["changed", "stale", "changed"]),
        (lambda site: site.state().registry.remove(KEY, "a"), ["changed", "changed", "unchanged"]),
        (_key_made, ["changed", "changed", "changed"]),
        (lambda site: does(site, unreadable={"registry_value": "denied"})(), ["unreadable"] * 3),
    ],
)
def test_what_is_previewed_is_what_is_done(
    make_site: MakeSite, act: Any, expected: list[str]
) -> None:
    site = make_site({"host": host()})
    steps = [*dwords("a", "b"), dword(NEW, "n", 1, create_key=True)]
    run = site.apply(site.plan(site.playbook(steps=steps)))
    act(site)
    before = site.snapshots()
    preview = previewed(site, run.id)
    assert shown(preview) == {"host": expected}
    assert site.snapshots() == before
    assert statuses(site.rollback(run.id)) == {"host": expected}


def test_only_the_restarts_of_its_own_steps_are_shown(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    other = site.playbook("other", steps=[{**dword(KEY, "o", 1), "then": "reboot"}])
    site.apply(site.plan(other), permit=NO_PERMIT)
    run = site.apply(site.plan(site.playbook(steps=dwords("a"))))
    assert previewed(site, run.id).hosts[0].outstanding == ()
    own = site.apply(
        site.plan(site.playbook("own", steps=[{**dword(KEY, "p", 1), "then": "reboot"}])),
        permit=NO_PERMIT,
    )
    [left] = previewed(site, own.id).hosts[0].outstanding
    assert (left.need, left.step) == ("reboot", "own/s0")


def test_a_host_that_cannot_be_read_is_said(make_site: MakeSite) -> None:
    site = make_site({"a": host(), "b": host()})
    run = site.apply(site.plan(site.playbook(steps=dwords("x"))))
    site.state("b").down_until = site.state("b").lab_time + timedelta(days=1)
    preview = previewed(site, run.id)
    assert shown(preview) == {"a": ["changed"]}
    assert [item.host for item in preview.hosts if item.error] == ["b"]
    assert preview.exit_code == 1
