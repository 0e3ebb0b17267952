"""Kill -9 at any moment of an apply in batches, with floors, users and hosts that go back."""

from __future__ import annotations

import random

import pytest

import aovpn_remediate as aovpn
from tests.engine.killing import calm, observed
from tests.engine.truth import assert_set_once
from tests.lengths import some_now

from .fleets import QUICK, MakeSite, fleet, in_effect, kept, planned, resumed, ruled
from .killing import in_a_process
from .serving import Watched
from .test_users import really_cut

SIZES = {"nps": 4, "rras": 4, "connector": 4}
FLOORS = {role: {"keep_serving": "75%"} for role in SIZES}
SERIAL = (aovpn.Share(count=1), aovpn.Share(percent=50), aovpn.Share(percent=100))


@pytest.mark.parametrize("seed", some_now(range(2), 0))
def test_it_is_finished_and_the_floors_hold_all_the_time(make_site: MakeSite, seed: int) -> None:
    """Killed, and killed again while it is gone on with; users leave as time goes by."""
    moments = random.Random(seed)  # noqa: S311 - no secrets
    site = ruled(fleet(make_site, SIZES, clean=False), **FLOORS)
    path = kept(site, planned(site))
    hosts = observed(site)
    hosts.quiet.set()
    watched = Watched(site)
    for name in site.addresses:
        site.state(name).sessions = moments.randrange(3) if name.startswith("rras") else 0
    more = {
        "serial": SERIAL,
        "patience": QUICK,
        "drain": aovpn.Drain(most=2, timeout=30),
        "restarts_at_once": 2,
        "confirm_within": 600.0,
        "self_confirm": True,
    }
    process = in_a_process(site, path, commit=moments.randrange(8, 330), **more)
    process.join(60)
    assert process.exitcode == -9
    first = site.journal.load("last")
    again = in_a_process(site, first.id, commit=moments.randrange(8, 150), **more)
    again.join(60)
    assert again.exitcode in (-9, 0)
    calm(site, hosts)
    if again.exitcode == -9:
        last = resumed(site, "last")
        assert last.exit_code == 0, [h for h in last.hosts if h.failed or h.differs]
    assert in_effect(site) == set(site.addresses)
    assert_set_once(site.windows.sets)
    for role in SIZES:
        assert watched.least([n for n in site.addresses if n.startswith(role)]) >= 3
    assert max(really_cut(site).values(), default=0) <= 2
    # All is confirmed: nothing goes back by itself.
    site.windows.let_time_pass(3600)
    assert in_effect(site) == set(site.addresses)
