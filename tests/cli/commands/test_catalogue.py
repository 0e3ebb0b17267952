"""The verbs that need no hosts: render, playbooks, kinds, validate."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aovpn_remediate.playbook.loader import shipped_playbooks
from aovpn_remediate.resources import KINDS
from aovpn_remediate.resources.proof import WORDS, kind_proof, playbook_proof
from tests.cli.conftest import NPS, Fleet, cli


def test_render_prints_what_a_host_would_be_sent(fleet: Fleet) -> None:
    done = cli("render", NPS)
    assert done.exit_code == 0
    assert done.stdout.count("Invoke-AovpnStep -Id 'nps-ignore-no-revocation-check/") == 3
    assert cli("render", NPS, "-i", "fleet.yaml", "--limit", "nps-02").stdout == done.stdout
    assert "EAP\\25" in cli("render", NPS, "-e", "eap_types:=[25]").stdout
    assert fleet.lab.stats().requests == 0


def test_render_prints_ascii(fleet: Fleet) -> None:
    """A file without a byte order mark is read in the code page of the machine, where 91 quotes."""
    done = cli("render", "connector-logon-as-service", "-e", "connector_account=ESPA\u00d1A\\svc")
    assert done.exit_code == 0
    assert done.stdout.isascii()
    assert "'Accounts' = @((-join @('ESPA', [char]209, 'A\\svc')))" in done.stdout
    assert fleet.lab.stats().requests == 0


def test_playbooks_are_listed_with_their_symptoms() -> None:
    done = cli("playbooks")
    lines = done.stdout.splitlines()
    names = sorted(line.split()[0] for line in lines if line.startswith(" "))
    assert names == shipped_playbooks()
    [line] = [line for line in lines if NPS in line]
    assert line.endswith(" (client error 853 with NPS reason 258)")
    under = [line for line in lines[: lines.index(line)] if not line.startswith(" ")]
    assert under[-1] == "nps:"
    told = json.loads(cli("playbooks", "--format", "json").stdout)
    assert [book["name"] for book in told["playbooks"]] == names


def test_a_playbook_is_shown_whole() -> None:
    shown = cli("playbooks", "connector-logon-as-service").stdout
    for part in (
        "Symptom   “Configuring",
        "Restarts  none",
        "Risk      ",
        "Source    https://",
        "Hosts     connector",
    ):
        assert f"\n{part}" in shown
    assert "Needs     the variable connector_account, from the inventory or -e" in shown
    assert "steps:\n- id: logon-as-service\n  user_right:" in shown


def test_kinds_are_listed_with_their_fields() -> None:
    done = cli("kinds")
    assert [line for line in done.stdout.splitlines() if not line.startswith(" ")] == list(KINDS)
    told = json.loads(cli("kinds", "--format", "json").stdout)
    assert [kind["name"] for kind in told["kinds"]] == list(KINDS)
    assert {kind["proof"] for kind in told["kinds"]} <= set(WORDS)


def test_it_is_told_how_far_a_kind_and_a_playbook_have_been_tried() -> None:
    tried = f"tried on: {WORDS[kind_proof('service')]}\n"
    assert tried in cli("kinds", "service").stdout
    assert tried in cli("kinds").stdout
    proof = playbook_proof(NPS)
    assert proof is not None
    assert f"Tried on  {WORDS[proof]}\n" in cli("playbooks", NPS).stdout
    told = json.loads(cli("playbooks", NPS, "--format", "json").stdout)
    assert told["playbooks"][0]["proof"] == proof
    assert (kind_proof("no_such"), playbook_proof("no-such")) == ("parsed", None)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("registry_value", "  key         text, required, identifies the setting"),
        ("registry_value", "  data        number or text or list of texts"),
        ("registry_value", "  absent      true"),
        ("registry_value", "  create_key  true or false, default false"),
        ("service", "  startup  automatic or automatic_delayed or manual or disabled"),
        ("os_build", "  floors    mapping"),
        ("service", "  service: {name: IAS, status: running}"),
    ],
)
def test_the_fields_of_a_kind(kind: str, expected: str) -> None:
    assert expected in cli("kinds", kind).stdout.splitlines()


def test_validate_tells_playbooks_from_inventories(fleet: Fleet) -> None:
    done = cli("validate", "fleet.yaml", "connector-logon-as-service", NPS)
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "fleet.yaml: inventory ok, 3 hosts in 2 groups",
        "connector-logon-as-service: playbook ok, 1 step",
        "  needs the variable connector_account, from the inventory or -e",
        f"{NPS}: playbook ok, 1 step",
    ]
    assert fleet.lab.stats().requests == 0


def test_validate_prints_every_problem(tmp_path: Path) -> None:
    playbook, inventory = tmp_path / "book.yaml", tmp_path / "fleet.yaml"
    playbook.write_text(
        "name: x\nsummary: x\nhosts: nps\n"
        "steps:\n- id: a\n  service: {name: IAS, state: running}\n- id: a\n  reg: {}\n"
    )
    inventory.write_text("groups:\n  nps:\n    host: {a: {}}\n")
    done = cli("validate", str(playbook), str(inventory), NPS)
    assert done.exit_code == 2
    lines = done.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines[:-1]].count(str(playbook)) > 1
    assert any(line.startswith(f"{inventory}:3:5: groups.nps.host: ") for line in lines)
    assert lines[-1] == f"{NPS}: playbook ok, 1 step"
    told = json.loads(cli("validate", str(inventory), "--format", "json").stdout)
    assert told["files"][0]["what"] == "inventory"
    assert len(told["files"][0]["problems"]) == 1


def test_validate_finds_what_depends_on_the_playbooks_own_variables(tmp_path: Path) -> None:
    path = tmp_path / "book.yaml"
    path.write_text(
        "name: x\nsummary: x\nhosts: nps\nvars: {count: -1}\n"
        "steps:\n- id: a\n  vpn_server_ports: {ikev2: '{{ count }}'}\n"
    )
    done = cli("validate", str(path))
    assert done.exit_code == 2
    assert "steps[0].vpn_server_ports.ikev2" in done.stdout


@pytest.mark.parametrize("content", ["", "[]", "a: b", "\x00", "{"])
def test_validate_accepts_any_file_as_input(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(content)
    done = cli("validate", str(path), str(tmp_path), str(tmp_path / "none.yaml"))
    assert done.exit_code == 2
    assert done.stderr == ""
