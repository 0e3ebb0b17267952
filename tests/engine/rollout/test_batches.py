"""The batches of a run: over each group, the canaries first."""

from __future__ import annotations

import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aovpn_remediate.engine.restart.drain import Drain
from aovpn_remediate.engine.restart.host import Patience
from aovpn_remediate.engine.rollout.batches import batches_of
from aovpn_remediate.engine.rollout.options import Limit, Options
from aovpn_remediate.engine.run_options import RunOptions
from aovpn_remediate.inventory.model import Share


def shares(text: str) -> tuple[Share, ...]:
    found = tuple(Share.parse(part) for part in text.split(","))
    assert None not in found
    return tuple(share for share in found if share)


def cut(serial: str, **groups: int) -> list[str]:
    """The batches, each as the hosts in it: `n1 n2`; those of canaries begin with a star."""
    hosts = [f"{group}{number + 1}" for group, size in groups.items() for number in range(size)]
    batches = batches_of(hosts, shares(serial) if serial else (), lambda host: host[0])
    return [f"{'*' * batch.canary}{' '.join(batch.items)}" for batch in batches]


@pytest.mark.parametrize(
    ("serial", "groups", "expected"),
    [
        ("", {"n": 2, "r": 1}, ["n1 n2 r1"]),
        ("100%", {"n": 3}, ["n1 n2 n3"]),
        ("5", {"n": 3}, ["n1 n2 n3"]),
        ("1", {"n": 3}, ["*n1", "n2", "n3"]),
        ("1,100%", {"n": 3}, ["*n1", "n2 n3"]),
        ("1,100%", {"n": 3, "r": 2}, ["*n1", "*r1", "n2 n3 r2"]),
        ("1,2", {"n": 4, "r": 1}, ["*n1", "*r1", "n2 n3", "n4"]),
        ("1,10%,100%", {"n": 25}, ["*n1", "n2 n3", " ".join(f"n{n}" for n in range(4, 26))]),
        ("50%", {"n": 5, "r": 4}, ["*n1 n2", "*r1 r2", "n3 n4 r3 r4", "n5"]),
        ("1", {}, []),
    ],
)
def test_batches(serial: str, groups: dict[str, int], expected: list[str]) -> None:
    assert cut(serial, **groups) == expected


_SHARES = st.one_of(
    st.integers(1, 9).map(lambda n: Share(count=n)),
    st.integers(1, 100).map(lambda n: Share(percent=n)),
)


@given(st.lists(st.sampled_from("abc"), max_size=40), st.lists(_SHARES, max_size=4))
def test_each_host_is_in_one_batch_and_none_exceeds_its_size(
    groups: list[str], sizes: list[Share]
) -> None:
    hosts = list(enumerate(groups))
    batches = batches_of(hosts, sizes, lambda host: host[1])
    assert sorted(host for batch in batches for host in batch.items) == hosts
    assert all(batch.items for batch in batches)
    canaries = [batch for batch in batches if batch.canary]
    assert batches[: len(canaries)] == canaries
    for group in {"a", "b", "c"} if sizes else set():
        size = groups.count(group)
        mine = [[h for h in batch.items if h[1] == group] for batch in batches]
        told = [len(part) for part in mine if part]
        allowed = [share.at_most(size) for share in sizes] if size else []
        assert (
            all(count <= allowed[min(turn, len(allowed) - 1)] for turn, count in enumerate(told))
            or len(batches) == 1
        )
        assert [h for part in mine for h in part] == [h for h in hosts if h[1] == group]


@given(
    st.builds(
        Options,
        workers=st.integers(1, 512),
        max_failures=st.one_of(
            st.none(),
            st.integers(0, 99).map(lambda n: Limit(count=n)),
            st.integers(0, 100).map(lambda n: Limit(percent=float(n))),
        ),
        serial=st.lists(_SHARES, min_size=1, max_size=3).map(tuple),
        pause_after_canary=st.booleans(),
        skip=st.lists(st.sampled_from(["n1", "n2"]), unique=True).map(tuple),
        restarts_at_once=st.integers(1, 9),
        drain=st.builds(
            Drain,
            most=st.one_of(st.none(), st.integers(0, 99)),
            timeout=st.integers(1, 9999).map(float),
            force=st.booleans(),
        ),
        patience=st.builds(
            Patience,
            settle=st.integers(1, 999).map(float),
            reboot=st.integers(1, 999).map(float),
            poll=st.integers(1, 9).map(float),
            stable=st.integers(0, 9).map(float),
        ),
        override_window=st.sampled_from(["", "outage INC17"]),
        confirm_high_impact=st.booleans(),
    )
)
def test_recorded_options_are_restored(options: Options) -> None:
    assert Options.restored(options.recorded()) == options


def test_the_record_of_an_earlier_version_is_restored_and_written_the_same() -> None:
    record = {
        "workers": 8,
        "restarts_at_once": 2,
        "max_failures": "10%",
        "serial": "1,10%,100%",
        "pause_after_canary": True,
        "skip": ["nps-03", "nps-04"],
        "max_sessions": 0,
        "force_restart": True,
        "confirm_high_impact": True,
        "override_window": "outage INC17",
        "confirm_within": 600.0,
        "self_confirm": True,
        "no_backup": True,
        "backup_dir": "/srv/backups",
        "drain_timeout": 60.0,
        "settle_timeout": 5.0,
        "stable_for": 1.0,
        "reboot_timeout": 600.0,
        "poll": 0.5,
    }
    assert set(record) == {field.name for field in fields(RunOptions)}
    assert json.dumps(Options.restored(record).recorded()) == json.dumps(record)
    assert Options.restored({**record, "of a later version": 1}) == Options.restored(record)


def test_default_options_are_not_recorded() -> None:
    assert Options().recorded() == {"workers": 32, "restarts_at_once": 1}
    assert Options.restored({}) == Options()


def test_a_pause_makes_a_canary() -> None:
    assert Options.restored({"pause_after_canary": True}).sizes == shares("1,100%")
