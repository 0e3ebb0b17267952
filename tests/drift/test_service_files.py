"""Files that start the service, read back as systemd, PowerShell and podman read them."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aovpn_remediate.drift.service_files import ServiceCommand, container, systemd, windows
from aovpn_remediate.errors import UsageError
from aovpn_remediate.rendering.literals import read_literal

PROGRAM = "/usr/bin/env"
VERSION = "1.2.3"
WORDS = ("--every", "1h", "--fix", "safe")
HARD = r"""a "b" 'c' 100% $HOME %h \n ;"""

DIRECTIVES = {
    "Unit": {"Description", "Wants", "After"},
    "Service": {
        *("Type", "ExecStart", "Restart", "RestartSec", "SuccessExitStatus"),
        *("KillMode", "TimeoutStopSec", "DynamicUser", "UMask"),
        *("StateDirectory", "StateDirectoryMode", "LoadCredential", "ReadWritePaths"),
        *("NoNewPrivileges", "CapabilityBoundingSet", "ProtectSystem", "ProtectHome"),
        *("PrivateTmp", "PrivateDevices", "ProtectClock", "ProtectControlGroups"),
        *("ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules"),
        *("ProtectKernelTunables", "ProtectProc", "RestrictAddressFamilies"),
        *("RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID", "LockPersonality"),
        *("SystemCallArchitectures", "SystemCallFilter"),
    },
    "Timer": {"OnBootSec", "OnUnitInactiveSec", "AccuracySec"},
    "Install": {"WantedBy"},
}
"""The directives that our units may use, by section: systemd.exec(5) and its companions."""


def command_of(**more: Any) -> ServiceCommand:
    given = {"inventory": "/etc/aovpn/fleet.yaml", "options": WORDS, "every": 3600.0, "fleet": "f"}
    return ServiceCommand(**{**given, **more})


def units(**more: Any) -> dict[str, str]:
    program, passwords = more.pop("program", PROGRAM), more.pop("passwords", ())
    return systemd(command_of(**more), program, passwords, VERSION)


def read(text: str) -> dict[str, dict[str, str]]:
    """A unit, strictly: no directive twice."""
    parser = configparser.RawConfigParser(strict=True, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(text)
    return {section: dict(parser[section]) for section in parser.sections()}


def words_of(line: str) -> list[str]:
    """A line of ExecStart as systemd parts it: quotes and escapes, then specifiers and `$`."""
    found = re.findall(r'"((?:[^"\\]|\\["\\])*)"|(\S+)', line)
    parts = [re.sub(r'\\(["\\])', r"\1", quoted) or bare for quoted, bare in found]
    assert all(len(run) % 2 == 0 for part in parts for run in re.findall(r"%+|\$+", part))
    return [part.replace("%%", "%").replace("$$", "$") for part in parts]


# systemd


def test_units_have_only_known_directives() -> None:
    for name, text in units(passwords=[Path("/etc/p")], metrics_file="/srv/m/x.prom").items():
        for section, found in read(text).items():
            assert set(found) <= DIRECTIVES[section], name


def test_the_units_and_their_names() -> None:
    made = units(metrics="127.0.0.1:9477")
    assert list(made) == [
        "aovpn-remediate-drift.service",
        "aovpn-remediate-drift-once.service",
        "aovpn-remediate-drift-once.timer",
    ]
    resident, once, timer = map(read, made.values())
    command = [PROGRAM, "drift", "run", "-i", "/etc/aovpn/fleet.yaml", *WORDS]
    command += ["--journal", "sqlite:////var/lib/aovpn-remediate/journal.sqlite"]
    assert words_of(resident["Service"]["ExecStart"]) == [*command, "--metrics", "127.0.0.1:9477"]
    assert words_of(once["Service"]["ExecStart"]) == [*command, "--once"]
    assert (resident["Service"]["Type"], once["Service"]["Type"]) == ("exec", "oneshot")
    assert once["Service"]["SuccessExitStatus"] == "3"
    assert "Install" not in once
    assert resident["Install"]["WantedBy"] == "multi-user.target"
    assert timer["Timer"]["OnUnitInactiveSec"] == "600s"
    assert timer["Install"]["WantedBy"] == "timers.target"


@pytest.mark.parametrize(("every", "pause"), [(12.0, "10s"), (600.0, "100s"), (86_400.0, "600s")])
def test_the_timer_fires_several_times_an_interval(every: float, pause: str) -> None:
    made = read(units(every=every)["aovpn-remediate-drift-once.timer"])
    assert made["Timer"]["OnUnitInactiveSec"] == pause


def test_the_service_is_sandboxed() -> None:
    found = read(units()["aovpn-remediate-drift.service"])["Service"]
    assert found["DynamicUser"] == found["NoNewPrivileges"] == found["PrivateTmp"] == "yes"
    assert found["ProtectSystem"] == "strict"
    assert found["CapabilityBoundingSet"] == ""
    assert found["StateDirectory"] == "aovpn-remediate"
    assert "ReadWritePaths" not in found
    assert found["ProtectHome"] == "yes"
    at_home = units(inventory="/home/me/fleet.yaml")["aovpn-remediate-drift.service"]
    assert read(at_home)["Service"]["ProtectHome"] == "read-only"


def test_folders_that_the_service_writes_to() -> None:
    made = units(journal="sqlite:////srv/a b/journal.sqlite", metrics_file="/srv/m/x.prom")
    written = [
        line.partition("=")[2]
        for line in made["aovpn-remediate-drift.service"].splitlines()
        if line.startswith("ReadWritePaths=")
    ]
    assert written == ['"/srv/a b"', "/srv/m"]
    with pytest.raises(UsageError, match="use an absolute path"):
        units(journal="sqlite:///journal.sqlite")
    with pytest.raises(UsageError, match="use an absolute path"):
        units(metrics_file="x.prom")


def test_the_folder_of_backups_is_one_that_the_service_may_write_to() -> None:
    made = units(backup_dir="/srv/b")["aovpn-remediate-drift.service"]
    assert "ReadWritePaths=/srv/b\n" in made
    assert "--backup-dir /srv/b" in made
    with pytest.raises(UsageError, match="use an absolute path"):
        units(backup_dir="backups")
    with pytest.raises(UsageError, match="absolute path of the Windows machine"):
        windows(command_of(inventory=r"C:\f.yaml", backup_dir="backups"), "x.exe", VERSION)


def test_backups_beside_no_file_of_a_journal_go_to_the_state_folder() -> None:
    database = "postgresql://db/journal"
    made = units(journal=database)["aovpn-remediate-drift.service"]
    assert "--backup-dir /var/lib/aovpn-remediate " in made.replace("\n", " ")
    assert "ReadWritePaths" not in made
    assert "--backup-dir" not in units()["aovpn-remediate-drift.service"]
    only_reads = units(journal=database, options=("--every", "1h"))
    assert "--backup-dir" not in only_reads["aovpn-remediate-drift.service"]


def test_values_that_need_quoting() -> None:
    text = units(options=("--name", HARD), fleet=HARD)["aovpn-remediate-drift.service"]
    found = words_of(read(text)["Service"]["ExecStart"])
    assert found[5:7] == ["--name", HARD]
    with pytest.raises(UsageError, match="a systemd unit cannot contain"):
        units(options=("--name", "a\nExecStartPre=/bin/sh"))


@given(st.lists(st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1)))
def test_any_printable_text_survives_quoting(words: list[str]) -> None:
    try:
        text = units(options=tuple(words))["aovpn-remediate-drift.service"]
    except UsageError:
        assert not all(word.isprintable() for word in words)
        return
    line = next(line for line in text.split("\n") if line.startswith("ExecStart="))
    assert words_of(line.partition("=")[2])[5 : 5 + len(words)] == words


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    made = units(
        options=("--name", HARD),
        fleet=HARD,
        passwords=[Path("/etc/my pass%word"), Path("/etc/other")],
        journal="sqlite:////srv/a b/journal.sqlite",
        metrics_file="/srv/m%n/x.prom",
    )
    for name, text in made.items():
        (tmp_path / name).write_text(text)
    for name in made:
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)],
            capture_output=True,
            text=True,
            check=False,
        )
        ours = [line for line in done.stderr.splitlines() if "aovpn-remediate" in line]
        assert (done.returncode, ours) == (0, [])


# Passwords


def test_a_journal_url_with_a_password_is_refused() -> None:
    command = command_of(inventory=r"C:\f.yaml", journal="postgresql://aovpn:secret@db/journal")
    makers: list[Callable[[], Any]] = [
        lambda: systemd(command, PROGRAM, (), VERSION),
        lambda: container(command, VERSION),
        lambda: windows(command, "x.exe", VERSION),
    ]
    for make in makers:
        with pytest.raises(UsageError, match="passfile") as refused:
            make()
        assert "secret" not in str(refused.value)


# Windows


def test_a_scheduled_task() -> None:
    words = ("--every", "1h", "--name", 'it\'s "mine"')
    made = windows(
        command_of(inventory=r"C:\a b\fleet.yaml", options=words, fleet="it's"), "x.exe", "1"
    )
    [(name, text)] = made.items()
    assert name == "register-task.ps1"
    program, arguments = re.findall(r"-Execute ('.*?') -Argument ('.*')$", text, re.MULTILINE)[0]
    assert read_literal(program) == "x.exe"
    line = str(read_literal(arguments))
    assert line == subprocess.list2cmdline(["drift", "run", "-i", r"C:\a b\fleet.yaml", *words])
    assert "-Description 'Drift detection for it''s' " in text


def test_a_scheduled_task_is_powershell() -> None:
    parsing = pytest.importorskip("tree_sitter")
    powershell = pytest.importorskip("tree_sitter_powershell")
    parser = parsing.Parser(parsing.Language(powershell.language()))
    [text] = windows(command_of(inventory=r"C:\it's\f.yaml"), "x.exe", "1").values()
    assert not parser.parse(text.encode()).root_node.has_error


@pytest.mark.parametrize("path", ["/etc/fleet.yaml", "fleet.yaml", r"aovpn\fleet.yaml"])
def test_a_path_that_is_not_absolute_on_windows(path: str) -> None:
    with pytest.raises(UsageError, match="absolute path of the Windows machine"):
        windows(command_of(inventory=path), "x.exe", VERSION)


def test_characters_that_no_file_can_contain_are_written_as_numbers() -> None:
    odd = command_of(inventory=r"C:\f.yaml", options=("--name", "\uffff\udcff"))
    [text] = windows(odd, "x.exe", VERSION).values()
    text.encode()
    [arguments] = re.findall(r"-Argument (.*)$", text, re.MULTILINE)
    assert str(read_literal(arguments)).endswith("--name \uffff\udcff")


# Container


def test_a_container_line_by_line() -> None:
    [(name, text)] = container(command_of(options=("--name", HARD)), VERSION).items()
    assert name == "Containerfile"
    lines = [line.partition(" ") for line in text.splitlines() if not line.startswith("#")]
    assert [(first, rest) for first, _, rest in lines[:8]] == [
        ("FROM", "python:3.11-slim"),
        ("RUN", 'pip install --no-cache-dir "aovpn-remediate==1.2.3"'),
        ("RUN", "useradd --system --uid 10001 --home-dir /var/lib/aovpn-remediate aovpn"),
        ("RUN", "install -d -o aovpn -m 0700 /var/lib/aovpn-remediate"),
        ("USER", "10001"),
        ("WORKDIR", "/var/lib/aovpn-remediate"),
        ("VOLUME", '["/var/lib/aovpn-remediate"]'),
        ("STOPSIGNAL", "SIGTERM"),
    ]
    health, entry, command = lines[8:]
    assert health[0] == "HEALTHCHECK"
    asked = json.loads(health[2].partition(" CMD ")[2])
    assert asked[:2] == ["python", "-c"]
    assert "http://127.0.0.1:9477/healthz" in asked[2]
    compile(asked[2], "health", "exec")
    assert (entry[0], json.loads(entry[2])) == ("ENTRYPOINT", ["aovpn-remediate"])
    assert command[0] == "CMD"
    inside = json.loads(command[2])
    assert inside[:4] == ["drift", "run", "-i", "/etc/aovpn-remediate/fleet.yaml"]
    assert inside[4:6] == ["--name", HARD]
    assert inside[-4:] == [
        *("--journal", "sqlite:////var/lib/aovpn-remediate/journal.sqlite"),
        *("--metrics", "127.0.0.1:9477"),
    ]


def test_a_container_for_postgresql_has_the_driver() -> None:
    made = container(command_of(journal="postgresql://db/journal"), VERSION)["Containerfile"]
    assert 'install --no-cache-dir "aovpn-remediate[postgresql]==1.2.3"' in made
    command = json.loads(made.splitlines()[-1].removeprefix("CMD "))
    assert command[command.index("--journal") + 1] == "postgresql://db/journal"
