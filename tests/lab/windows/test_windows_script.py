from __future__ import annotations

import time

import pytest

from aovpn_remediate.assets import asset_dir
from aovpn_remediate.lab.backend import ScriptFailure
from aovpn_remediate.lab.windows.kinds import MODELLED
from aovpn_remediate.lab.windows.script import Assignment, Call, Function, JoinedCalls, read_script
from aovpn_remediate.lab.windows.simulated import COMMANDS
from aovpn_remediate.resources import KINDS
from tests.lab.windows.batches import (
    Bench,
    call,
    functions,
    joined,
    prologue,
    setting,
    step,
)

TARGET = {"Key": r"HKEY_LOCAL_MACHINE\SOFTWARE\X", "Name": "Y"}
HOSTILE = (
    "it's \u2018\u2019\u201a\u201b $(Get-X) `n\r\n# calls\n"
    ') -join "`n"\n}\nfunction X-Y {\n\x00\u00ad'
)


def test_functions_assignments_and_calls_are_parsed() -> None:
    statements = read_script(prologue() + "# calls\n" + step("AovpnOsBuild", {}))

    assert Assignment("script:AovpnStopped", value=False) in statements
    assert Function("Invoke-AovpnStep") in statements
    last = statements[-1]
    assert isinstance(last, Call)
    assert last.arguments == {"Id": "pb/x", "Kind": "AovpnOsBuild", "Target": {}}


@pytest.mark.parametrize("marker", ["# calls\n", ""])
def test_hostile_values_are_parsed_unchanged(marker: str) -> None:
    text = marker + joined(call("Get-X", A=HOSTILE, B=[HOSTILE, -5, None], C={HOSTILE: False}))

    (gathering,) = read_script(text)

    assert isinstance(gathering, JoinedCalls)
    assert gathering.calls[0].arguments == {
        "A": HOSTILE,
        "B": [HOSTILE, -5, None],
        "C": {HOSTILE: False},
    }


def test_switches_are_parsed_in_any_position() -> None:
    (found,) = read_script("Get-X -Apply -N -5 -Also\n")

    assert isinstance(found, Call)
    assert found.arguments == {"Apply": True, "N": -5, "Also": True}


def test_a_script_without_calls_writes_nothing() -> None:
    bench = Bench()

    assert bench.run() == []
    assert bench.run(joined()) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Get-Process | Stop-Process\n", 1),
        ("# calls\n\nGet-X -A $(Remove-Item x)\n", 3),
        ("Get-X -A 'open\n", 1),
        ("Get-X -A 'x'; Get-Y\n", 1),
        ("Get-X 'positional'\n", 1),
        ("Get-X -A 1 -A 2\n", 1),
        ("$x = 'y'\n", 1),
        ("$ErrorActionPreference = Get-X\n", 1),
        ("exit\n", 1),
        ("function Get-X {\nGet-Y\n}\n", 2),
        ("function Get-X {\n    never ends\n", 2),
        ("@(\n    Get-X\n", 1),
        ("@(\n    Get-X\n) -join ','\n", 3),
        ("<# comment #>\n", 1),
    ],
)
def test_unknown_text_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(
        ScriptFailure, match=f"^the lab does not understand line {line}: "
    ) as raised:
        read_script(text)

    assert raised.value.error_id == "ParseException"


def test_no_call_runs_if_any_text_is_unknown() -> None:
    bench = Bench()

    with pytest.raises(ScriptFailure):
        bench.run(setting("AovpnRegistryValue", TARGET, None, "null"), "Get-Process | x\n")

    assert bench.windows.sets == []


def test_functions_are_defined_only_in_their_session() -> None:
    bench = Bench()
    read = step("AovpnOsBuild", {})
    with pytest.raises(ScriptFailure) as raised:
        bench.run(read, functions=False)
    assert raised.value.error_id == "CommandNotFoundException"

    bench.run(read)
    assert bench.run(read, functions=False)[0]["ok"]

    bench.session = {}
    with pytest.raises(ScriptFailure, match="Invoke-AovpnStep"):
        bench.run(read, functions=False)


def test_a_pipeline_with_a_local_scope_leaves_no_functions_behind() -> None:
    bench = Bench()
    bench.run(step("AovpnOsBuild", {}))
    kept, bench.session = bench.session, dict(bench.session)
    bench.run(functions("Get-AovpnMore"))
    bench.session = kept

    with pytest.raises(ScriptFailure, match="Get-AovpnMore"):
        bench.run("Get-AovpnMore\n", functions=False)


def test_a_step_fails_if_the_functions_of_its_kind_were_not_sent() -> None:
    bench = Bench()
    (record,) = bench.run(functions("Invoke-AovpnStep"), step("AovpnOsBuild", {}), functions=False)

    assert not record["ok"]
    assert record["error"]["id"] == "CommandNotFoundException"
    assert "Get-AovpnOsBuild" in record["error"]["message"]


def test_a_defined_function_that_the_lab_does_not_know_fails() -> None:
    with pytest.raises(ScriptFailure, match="the lab does not know the function Get-AovpnMore"):
        Bench().run(functions("Get-AovpnMore"), "Get-AovpnMore\n")


def test_a_step_of_an_unknown_kind_fails() -> None:
    (record,) = Bench().run(step("AovpnFirewall", {}))

    assert record["error"]["id"] == "CommandNotFoundException"
    assert "Get-AovpnFirewall" in record["error"]["message"]


@pytest.mark.parametrize("kind", MODELLED)
def test_an_unknown_target_fails(kind: str) -> None:
    with pytest.raises(ScriptFailure, match="the lab does not understand"):
        Bench().run(step(kind, {"Path": "x"}))


def test_an_unknown_parameter_fails() -> None:
    with pytest.raises(ScriptFailure, match="Force"):
        Bench().run(call("Invoke-AovpnStep", Id="x", Kind="AovpnOsBuild", Target={}, Force=True))


def test_records_are_separate_outputs_unless_joined() -> None:
    bench = Bench()
    calls = [step("AovpnOsBuild", {}), step("AovpnRegistryValue", TARGET)]
    script = prologue() + "# calls\n"

    each = list(bench.windows.run("127.1.0.1", script + "".join(calls), {}))
    one = list(bench.windows.run("127.1.0.1", script + joined(*calls), {}))

    assert len(each) == 2
    assert [output.text for output in one] == ["\n".join(output.text for output in each)]


def test_two_hundred_steps_take_milliseconds() -> None:
    bench = Bench()
    steps = [step("AovpnRegistryValue", TARGET, name=f"pb/{n}") for n in range(200)]
    bench.run(joined(*steps))

    begin = time.process_time()
    assert len(bench.run(joined(*steps))) == 200
    # About 8 ms is normal; the bound only detects worse than linear time.
    assert time.process_time() - begin < 0.2


def test_every_simulated_function_is_defined_by_the_shipped_scripts() -> None:
    files = sorted(asset_dir("templates").rglob("*.ps1"))
    statements = read_script("\n".join(path.read_text(encoding="ascii") for path in files))

    defined = {found.name for found in statements if isinstance(found, Function)}
    only_read = {k.model_construct().function for k in KINDS.values() if k.read_only}
    simulated = {
        f"{verb}-{function}"
        for function in MODELLED
        for verb in (("Get",) if function in only_read else ("Get", "Set"))
    }

    assert not any(isinstance(found, Call | JoinedCalls) for found in statements)
    assert simulated | set(COMMANDS) <= defined
