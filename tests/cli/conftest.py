"""A fleet in the lab, and the program run against it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from aovpn_remediate.cli import main
from aovpn_remediate.lab.server import Lab
from aovpn_remediate.lab.windows import HostSeed, SimulatedWindows
from aovpn_remediate.lab.windows.roles import nps, rras

NPS = "nps-ignore-no-revocation-check"
RRAS = "rras-ikev2-fragmentation"
JOURNAL = "sqlite:///journal.sqlite"
SWIFT = (
    *("--poll", "0.05", "--stable-for", "0.01"),
    *("--settle-timeout", "30", "--reboot-timeout", "30"),
)


@dataclass
class Fleet:
    """Hosts in the lab, their inventory, and a folder to work in."""

    lab: Lab
    windows: SimulatedWindows
    folder: Path
    addresses: dict[str, str]
    settings: dict[str, Any] = field(default_factory=dict)

    def write_inventory(self, password: dict[str, Any] | None = None) -> None:
        """`fleet.yaml`: a group for each kind of name."""
        groups: dict[str, Any] = {}
        for name, address in self.addresses.items():
            group = groups.setdefault(name.partition("-")[0], {"hosts": {}})
            group["hosts"][name] = {"address": address}
        connection = {
            "scheme": "http",
            "port": self.lab.port,
            "auth": "basic",
            "encryption": "never",
        }
        credential = {"username": "lab", "password": password or {"file": "password"}}
        inventory = {
            "all": {"connection": connection, "credential": credential},
            "groups": groups,
        }
        (self.folder / "fleet.yaml").write_text(yaml.safe_dump(inventory))

    def snapshot(self, name: str) -> Any:
        """What a step can change on a host."""
        return self.windows.snapshot(self.addresses[name])


@pytest.fixture
def make_fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Fleet]]:
    """Serves hosts by name until the test is over; the folder is the one that it works in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    labs = []

    def make(**hosts: HostSeed) -> Fleet:
        named = {name.replace("_", "-"): seed for name, seed in hosts.items()}
        addresses = {name: f"127.0.6.{n}" for n, name in enumerate(named, start=1)}
        windows = SimulatedWindows({addresses[name]: seed for name, seed in named.items()})
        lab = Lab(windows, {"lab": "secret word"})
        lab.start()
        labs.append(lab)
        handle = os.open(tmp_path / "password", os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write("secret word\n")
        made = Fleet(lab, windows, tmp_path, addresses)
        made.write_inventory()
        return made

    yield make
    for lab in labs:
        lab.stop()


@pytest.fixture
def fleet(make_fleet: Callable[..., Fleet]) -> Fleet:
    """An NPS server to be changed, one that is right, and an RRAS server to be changed."""
    return make_fleet(
        nps_01=nps("NPS-01"),
        nps_02=nps("NPS-02", ignore_no_revocation_check=1),
        rras_01=rras("RRAS-01", sessions=41),
    )


def cli(*words: str) -> Result:
    """The program in this process, without a terminal."""
    return CliRunner().invoke(main, list(words))


def work(*words: str) -> Result:
    """A verb with the journal of the test."""
    return cli(*words, "--journal", JOURNAL)


def document(result: Result) -> Any:
    """The one JSON document on stdout."""
    return json.loads(result.stdout)
