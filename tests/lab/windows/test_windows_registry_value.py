from __future__ import annotations

from typing import Any

import pytest

from aovpn_remediate.lab.backend import ScriptFailure
from aovpn_remediate.lab.windows.registry import Registry, Value
from tests.lab.windows.batches import ADDRESS, Bench, joined, setting, step

KIND = "AovpnRegistryValue"
KEY = r"HKEY_LOCAL_MACHINE\SOFTWARE\Lab"
SEED = {r"HKLM\SOFTWARE\Lab": {"Kept": {"dword": 4294967295}}}
MISSING = r"HKEY_LOCAL_MACHINE\SOFTWARE\Lab\A"


def target(name: str = "Name", key: str = KEY) -> dict[str, str]:
    return {"Key": key, "Name": name}


STATES: list[dict[str, Any]] = [
    {"type": "DWord", "data": 0},
    {"type": "DWord", "data": 4294967295},
    {"type": "QWord", "data": 2**64 - 1},
    {"type": "String", "data": "it's \u2019 $(x) <&> \u00ad\r\n"},
    {"type": "String", "data": ""},
    {"type": "ExpandString", "data": "%SystemRoot%\\x"},
    {"type": "MultiString", "data": ["one"]},
    {"type": "MultiString", "data": []},
    {"type": "Binary", "data": [0, 255]},
    {"type": "Binary", "data": []},
]


def test_only_the_colon_of_the_hive_goes() -> None:
    registry = Registry()
    registry.set(r"HKLM:\Drive C:\x", "On", Value("DWord", 1))
    assert registry.get(r"HKEY_LOCAL_MACHINE\Drive C:\x", "On") == Value("DWord", 1)
    assert registry.find(r"HKLM\Drive C") is None


@pytest.mark.parametrize("engine", ["5.1", "7"])
@pytest.mark.parametrize("state", STATES, ids=str)
@pytest.mark.parametrize("name", ["Name", "", "PSPath", "a*[b]?", "\u00ad\u200b"])
def test_every_type_is_set_read_back_and_rolled_back(
    state: dict[str, Any], name: str, engine: str
) -> None:
    bench = Bench(registry=SEED, engine=engine)
    before = bench.windows.snapshot(ADDRESS)

    assert bench.read(KIND, target(name)) is None
    assert bench.set(KIND, target(name), state)["ok"]
    assert bench.read(KIND, target(name)) == state
    assert bench.set(KIND, target(name), None)["after"] == "null"
    assert bench.windows.snapshot(ADDRESS) == before


def test_a_value_changes_type_and_data_together_and_back() -> None:
    bench = Bench(registry={KEY: {"Name": {"string": "1"}}})
    before = bench.windows.snapshot(ADDRESS)

    bench.set(KIND, target(), {"type": "DWord", "data": 1})
    record = bench.set(KIND, target(), {"type": "String", "data": "1"})

    assert record["before"] == '{"type":"DWord","data":1}'
    assert bench.windows.snapshot(ADDRESS) == before


def test_names_are_case_insensitive_and_case_preserving() -> None:
    bench = Bench(registry=SEED)

    found = bench.read(KIND, {"Key": KEY.upper(), "Name": "KEPT"})
    bench.set(KIND, {"Key": KEY.lower(), "Name": "kept"}, {"type": "DWord", "data": 1})
    key = bench.host.registry.find(KEY)

    assert found == {"type": "DWord", "data": 4294967295}
    assert key is not None
    assert [name for name, _ in key.values.values()] == ["Kept"]


def test_the_first_missing_key_is_answered_as_the_target_spells_it() -> None:
    bench = Bench(registry=SEED)

    assert bench.read(KIND, target(key=rf"{KEY}\A\B")) == {"missing": MISSING}
    assert bench.read(KIND, target(key=r"HKEY_LOCAL_MACHINE\software\LAB\a")) == {
        "missing": r"HKEY_LOCAL_MACHINE\software\LAB\a"
    }


def test_created_keys_are_removed_on_rollback() -> None:
    bench = Bench(registry=SEED)
    before = bench.windows.snapshot(ADDRESS)
    deep = target(key=rf"{KEY}\A\B\C")

    bench.set(KIND, deep, {"type": "DWord", "data": 1})
    record = bench.set(KIND, deep, {"missing": MISSING})

    assert record["ok"]
    assert bench.read(KIND, deep) == {"missing": MISSING}
    assert bench.windows.snapshot(ADDRESS) == before


def test_created_keys_with_other_content_are_kept() -> None:
    bench = Bench(registry=SEED)
    deep = target(key=rf"{KEY}\A\B\C")
    bench.set(KIND, deep, {"type": "DWord", "data": 1})
    bench.host.registry.set(rf"{KEY}\A", "Other", Value("DWord", 1))

    bench.set(KIND, deep, {"missing": MISSING})

    assert bench.host.registry.find(rf"{KEY}\A\B") is None
    assert bench.host.registry.get(rf"{KEY}\A", "Other") is not None


def test_removing_an_absent_value_succeeds() -> None:
    bench = Bench(registry=SEED)

    assert bench.set(KIND, target(), None)["ok"]
    assert bench.set(KIND, target(key=rf"{KEY}\A\B"), {"missing": MISSING})["ok"]


def test_a_partial_set_that_created_keys_can_be_rolled_back() -> None:
    bench = Bench(registry=SEED, quirks={"half_done": [rf"{MISSING}\Name"]})
    before = bench.windows.snapshot(ADDRESS)
    failed = bench.set(KIND, target(key=MISSING), {"type": "DWord", "data": 1, "create": True})
    bench.host.quirks.half_done = ()
    bench.session = {}

    (undone,) = bench.run(setting(KIND, target(key=MISSING), {"missing": MISSING}, failed["after"]))

    assert (failed["ok"], failed["after"]) == (False, "null")
    assert undone["ok"]
    assert bench.windows.snapshot(ADDRESS) == before


def test_a_missing_key_is_made_only_where_it_may_be() -> None:
    bench = Bench(registry=SEED)
    desired = {"type": "DWord", "data": 1}

    refused = bench.set(KIND, target(key=MISSING), desired)

    assert refused["error"]["id"] == "NoKey"
    assert "missing" in refused["after"]


def test_only_parent_keys_of_the_value_can_be_removed() -> None:
    bench = Bench(registry=SEED)
    (record,) = bench.run(
        setting(KIND, target(), {"missing": r"HKEY_LOCAL_MACHINE\SOFTWARE\La"}, "null")
    )

    assert "is not a key on the way" in record["error"]["message"]


def test_values_below_one_missing_key_are_set_in_one_batch_and_rolled_back_in_reverse() -> None:
    bench = Bench(registry=SEED)
    before = bench.windows.snapshot(ADDRESS)
    targets = [target(name, rf"{KEY}\A\B") for name in ("X", "Y", "Z")]
    reads = bench.run(*(step(KIND, each) for each in targets))
    state = {"type": "DWord", "data": 1, "create": True}

    sets = bench.run(
        *(setting(KIND, t, state, r["before"]) for t, r in zip(targets, reads, strict=True))
    )
    undone = bench.run(
        *(
            setting(KIND, t, {"missing": MISSING}, s["after"])
            for t, s in reversed(list(zip(targets, sets, strict=True)))
        )
    )

    assert [record["ok"] for record in sets + undone] == [True] * 6
    assert [record["before"] for record in sets[1:]] == ["null", "null"]
    assert bench.windows.snapshot(ADDRESS) == before


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("DWord", "abc"),
        ("DWord", -1),
        ("DWord", 2**32),
        ("QWord", "18446744073709551616"),
        ("Binary", [256]),
        ("Binary", [[1]]),
    ],
)
def test_data_of_the_wrong_type_throw_and_create_nothing(kind: str, data: Any) -> None:
    bench = Bench(registry=SEED)
    record = bench.set(KIND, target(key=MISSING), {"type": kind, "data": data})

    assert record["error"]["id"] == "InvalidCast"
    assert record["after"] == record["before"]


@pytest.mark.parametrize("kind", ["None", "Unknown", "Word"])
def test_unsupported_types_are_not_set(kind: str) -> None:
    record = Bench(registry=SEED).set(KIND, target(), {"type": kind, "data": [1]})

    assert record["error"]["id"] == "RuntimeException"
    assert record["error"]["message"] == f"A value of the type {kind} is not set."


@pytest.mark.parametrize(
    ("kind", "data", "cast"),
    [
        ("DWord", "12", 12),
        ("DWord", None, 0),
        ("String", 5, "5"),
        ("String", ["a", "b"], "a b"),
        ("String", None, ""),
        ("MultiString", "one", ["one"]),
        ("Binary", "7", [7]),
    ],
)
def test_data_are_cast_as_powershell_casts_them(kind: str, data: Any, cast: Any) -> None:
    bench = Bench(registry=SEED)
    bench.set(KIND, target(), {"type": kind, "data": data})

    assert bench.read(KIND, target()) == {"type": kind, "data": cast}


@pytest.mark.parametrize("desired", [{}, {"type": "DWord"}, {"missing": 1}, {"value": 1}, [1]])
def test_a_malformed_desired_state_fails(desired: Any) -> None:
    bench = Bench(registry=SEED)

    with pytest.raises(ScriptFailure, match="the lab does not understand"):
        bench.run(setting(KIND, target(), desired, "null"))


def test_an_unknown_hive_is_an_error() -> None:
    (record,) = Bench().run(step(KIND, target(key=r"HKEY_NONE\X")))

    assert "does not begin with the long name of a hive" in record["error"]["message"]
    assert "before" not in record


@pytest.mark.parametrize(
    ("engine", "printed"),
    [
        ("5.1", '"it\\u0027s \\u003c\\u0026\\u003e \\u2028\\uffff\\u00e9\\u007f\\ud800"'),
        ("7", '"it\'s <&> \\u2028\\uffff\\u00e9\\u007f\\ud800"'),
    ],
)
def test_each_powershell_version_escapes_json_in_its_own_way(engine: str, printed: str) -> None:
    seed = {KEY: {"Name": {"string": "it's <&> \u2028\uffff\u00e9\x7f\ud800"}}}
    bench = Bench(registry=seed, engine=engine)

    (record,) = bench.run(joined(step(KIND, target())))

    assert record["before"] == f'{{"type":"String","data":{printed}}}'


def test_a_seed_can_contain_every_type_and_an_empty_key() -> None:
    values = {
        "d": {"dword": 1},
        "q": {"qword": 2},
        "s": {"string": "x"},
        "e": {"expand_string": "%x%"},
        "m": {"multi_string": ["a", "b"]},
        "b": {"binary": "01 ff"},
        "n": {"none": ""},
    }
    bench = Bench(registry={KEY: values, r"HKCU:\Empty": {}})

    found = [bench.read(KIND, target(name)) for name in values]

    assert [(state["type"], state["data"]) for state in found] == [
        ("DWord", 1),
        ("QWord", 2),
        ("String", "x"),
        ("ExpandString", "%x%"),
        ("MultiString", ["a", "b"]),
        ("Binary", [1, 255]),
        ("None", []),
    ]
    assert bench.read(KIND, target(key=r"HKEY_CURRENT_USER\Empty")) is None
