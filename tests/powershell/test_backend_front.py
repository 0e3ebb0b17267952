"""The lab's front before a real PowerShell: logons, TLS and planned faults, on both transports."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aovpn_remediate.errors import LogonFailed, TransportError, Unreachable
from aovpn_remediate.inventory.model import Connection, Credential, Host
from aovpn_remediate.lab.certificates import Authority
from aovpn_remediate.lab.faults import Action, Fault, Kind
from aovpn_remediate.lab.powershell.hosts import RealPowerShell
from aovpn_remediate.lab.powershell.pool import ProcessPool
from aovpn_remediate.lab.server import Lab
from aovpn_remediate.transports import connect
from aovpn_remediate.transports.base import Session
from aovpn_remediate.transports.deadlines import Timeouts

from .engines import ENGINES

PASSWORD = "s3cret-p\u00e4ss"
BOTH = pytest.mark.parametrize("transport", ["psrp", "winrm"])
EAGER = Timeouts(operation=20.0, poll=0.5, grace=5.0, backoff=0.01, quota_pause=0.05)
"""As in use, except that nothing is waited for that is certain."""
SURVIVED: list[Kind] = [
    "reset",
    "reset_after",
    "close",
    "503",
    "garbage",
    "wrong_relates_to",
    "slow",
    "fault",
]


@dataclass
class Front:
    """Labs before one pool of processes."""

    real: RealPowerShell
    pool: ProcessPool

    def lab(self, **options: Any) -> Lab:
        """A lab that is not started yet."""
        return Lab(self.real, {"lab": PASSWORD}, shells=self.real, **options)


@pytest.fixture(scope="module", params=["linux"])
def front(request: pytest.FixtureRequest, own_windows: None) -> Iterator[Front]:
    del own_windows
    engine = ENGINES[request.param]
    if engine.missing:
        pytest.skip(engine.missing)
    pool = ProcessPool(str(engine.program), warm=1)
    real = RealPowerShell(pool)
    yield Front(real, pool)
    real.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def session_in(
    lab: Lab, timeouts: Timeouts = EAGER, password: str | None = PASSWORD, **connection: Any
) -> Session:
    """A session with the host of a lab, by default with a logon and encryption of NTLM."""
    plain = {"address": "127.0.0.1", "port": lab.port, "scheme": "http", "auth": "ntlm"}
    username = connection.pop("username", "lab")
    host = Host(
        "engine",
        connection=Connection(**{**plain, **connection}),
        credential=Credential(username=username),
    )
    cancel = threading.Event()
    return connect(host, secrets=lambda _: password, cancel=cancel, timeouts=timeouts)


def counting(file: Path) -> str:
    """A script that notes in a file that it runs, and writes two lines."""
    return f"Add-Content -LiteralPath '{file}' -Value ran\n'one'\n'two'"


def runs(file: Path) -> int:
    """How often the script has run."""
    return len(file.read_text().splitlines()) if file.exists() else 0


@BOTH
@pytest.mark.parametrize(
    "logon",
    [
        {"scheme": "https", "auth": "ntlm"},
        {"scheme": "https", "auth": "basic"},
        {"scheme": "https", "auth": "certificate"},
        {"auth": "basic", "encryption": "never"},
    ],
    ids=lambda logon: "-".join(logon.values()),
)
def test_each_logon_ends_in_a_real_powershell(
    front: Front, authority: Authority, transport: str, logon: dict[str, Any]
) -> None:
    tls = authority.server("127.0.0.1")
    more: dict[str, Any] = {"tls": tls, "auth": ("Negotiate", "Basic", "Certificate")}
    client = authority.client("lab")
    if logon.get("scheme") == "https":
        logon = {**logon, "ca_file": str(authority.ca)}
    else:
        del more["tls"]
    if logon["auth"] == "certificate":
        files = {"certificate": str(client.certificate), "certificate_key": str(client.key)}
        logon = {**logon, **files}
    with front.lab(**more) as lab:
        with session_in(lab, transport=transport, **logon) as session:
            assert list(session.run("[string] $PSVersionTable.PSEdition", seconds=60)) == ["Core"]
        lab.assert_clean()


@BOTH
def test_a_wrong_password_starts_nothing(front: Front, transport: str) -> None:
    with front.lab() as lab:
        with pytest.raises(LogonFailed):
            session_in(lab, transport=transport, password="another")
        assert front.pool.in_sessions == ()
        assert lab.stats().shells == 0


def test_a_host_of_another_name_is_not_trusted(front: Front, authority: Authority) -> None:
    with (
        front.lab(tls=authority.server("elsewhere.test")) as lab,
        pytest.raises(Unreachable, match="is for another name"),
    ):
        session_in(lab, scheme="https", ca_file=str(authority.ca))
    assert front.pool.in_sessions == ()


@pytest.mark.parametrize("front", ENGINES, indirect=True)
def test_a_session_survives_each_fault_and_runs_each_script_once(front: Front) -> None:
    faults: list[tuple[Kind, Action]] = [
        (kind, action) for kind in SURVIVED for action in ("Command", "Receive")
    ]
    with front.lab() as lab, session_in(lab) as session:
        # Counted by PowerShell itself: a script that ran twice has raised the number twice.
        list(session.run("$global:Runs = 0", seconds=60))
        for number, (kind, action) in enumerate(faults, start=1):
            lab.faults.add(Fault(kind, action=action, seconds=0.05))
            script = "$global:Runs++\n\"run $($global:Runs)\"\n'\u2603'"
            found = list(session.run(script, seconds=60))
            assert found == [f"run {number}", "\u2603"], f"{kind} at {action}"
            lab.faults.clear()
        counts = lab.host_stats("127.0.0.1").faults
    assert counts == dict.fromkeys(SURVIVED, 2)


@pytest.mark.parametrize("kind", ["reset_after", "fault", "503"])
def test_a_session_opens_in_spite_of_a_fault(front: Front, kind: Kind) -> None:
    with front.lab() as lab:
        lab.faults.add(Fault(kind, action="Create"), Fault(kind, action="Delete"))
        with session_in(lab) as session:
            assert list(session.run("'one'", seconds=60)) == ["one"]
            assert len(front.pool.in_sessions) == 1
        assert lab.host_stats("127.0.0.1").faults == {kind: 2}
        lab.assert_clean()


def test_an_answer_that_never_comes_is_asked_for_again(front: Front, tmp_path: Path) -> None:
    file = tmp_path / "ran"
    with front.lab() as lab, session_in(lab, Timeouts(poll=0.5, grace=0.5)) as session:
        lab.faults.add(Fault("hang", action="Receive"))
        assert list(session.run(counting(file), seconds=60)) == ["one", "two"]
        assert lab.host_stats("127.0.0.1").faults == {"hang": 1}
    assert runs(file) == 1


def test_a_command_shell_tries_a_command_again_that_was_refused(
    front: Front, tmp_path: Path
) -> None:
    file = tmp_path / "ran"
    with front.lab() as lab:
        lab.faults.add(Fault("fault", action="Create"), Fault("fault", action="Command"))
        with session_in(lab, transport="winrm") as session:
            assert list(session.run(counting(file), seconds=60)) == ["one", "two"]
        assert lab.host_stats("127.0.0.1").faults == {"fault": 2}
        lab.assert_clean()
    assert runs(file) == 1


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        ("reset", "Command"),
        ("reset_after", "Command"),
        ("garbage", "Send"),
        ("reset", "Receive"),
    ],
)
def test_a_command_shell_says_that_output_is_lost_and_runs_nothing_twice(
    front: Front, tmp_path: Path, kind: Kind, action: Action
) -> None:
    file = tmp_path / "ran"
    with front.lab() as lab:
        session = session_in(lab, transport="winrm")
        lab.faults.add(Fault(kind, action=action))
        with session, pytest.raises(TransportError):
            list(session.run(counting(file), seconds=60))
        assert lab.host_stats("127.0.0.1").faults == {kind: 1}
        assert lab.stats().shells == 0
    assert runs(file) <= 1
