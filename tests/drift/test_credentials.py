"""Passwords that systemd passes to the service."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aovpn_remediate.drift.service_files import ServiceCommand, systemd
from aovpn_remediate.errors import SecretError
from aovpn_remediate.inventory.model import Credential, SecretReference
from aovpn_remediate.inventory.secrets import credential_name, resolve

COMMAND = ServiceCommand(
    inventory="/etc/fleet.yaml", options=("--every", "1h"), every=3600.0, fleet="f"
)


def test_a_password_file_is_passed_by_systemd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path("/etc/aovpn/pass word")
    made = systemd(COMMAND, "/usr/bin/env", [path], "1.2.3")["aovpn-remediate-drift.service"]
    [line] = [line for line in made.splitlines() if line.startswith("LoadCredential=")]
    name, _, source = line.partition("=")[2].partition(":")
    assert source == str(path)

    (tmp_path / name).write_text("from systemd\n")
    (tmp_path / name).chmod(0o440)  # with an access list it looks as if a group could read it
    reference = SecretReference(file=str(path))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    found = resolve(Credential(username="u", password=reference), "h", ask=str)
    assert found == "from systemd"
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    with pytest.raises(SecretError, match="cannot be read"):
        resolve(Credential(username="u", password=reference), "h", ask=str)


def test_a_file_that_is_not_passed_is_read_from_its_own_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "empty"))
    own = tmp_path / "password"
    own.write_text("own")
    own.chmod(0o644)
    reference = Credential(username="u", password=SecretReference(file=str(own)))
    with pytest.raises(SecretError, match="is readable by other users"):
        resolve(reference, "h", ask=str)
    own.chmod(0o600)
    assert resolve(reference, "h", ask=str) == "own"


@given(st.text(min_size=1))
def test_credentials_have_names_for_systemd(path: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._-]{0,200}", credential_name(Path(f"/etc/{path}")))
