"""The shared session of a module: what a script leaves behind, and what it does not."""

from __future__ import annotations

from .host import EngineHost


def test_a_script_that_shadows_a_cmdlet_is_seen_by_the_product_and_then_gone(
    each_engine: EngineHost,
) -> None:
    shadow = "function Get-Service { [pscustomobject] @{ ServiceName = 'x'; Status = 'Paused' } }"
    assert each_engine.run(f"{shadow}\nGet-AovpnServiceStatus -Name 'x'") == ["paused"]
    left = "@(Get-Command Get-Service -CommandType Function -ErrorAction SilentlyContinue).Count"
    assert each_engine.run(f"[string] {left}") == ["0"]


def test_a_refused_set_does_not_stop_the_next_script(each_engine: EngineHost) -> None:
    kind = "function Get-Thing { 1 }\nfunction Set-Thing { param($Desired) throw 'no' }"
    record = each_engine.set("Thing", {}, 2, arrange=kind)
    assert record["error"]["message"] == "no"
    assert each_engine.read("Thing", {}, arrange=kind) == 1
