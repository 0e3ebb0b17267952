"""Kerberos for real: a KDC of MIT's on loopback, a keytab for the lab, a ticket for the client."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aovpn_remediate.errors import LogonFailed
from aovpn_remediate.inventory.model import Connection, Credential, Host
from aovpn_remediate.lab.server import Lab
from aovpn_remediate.lab.windows import SimulatedWindows
from aovpn_remediate.lab.windows.roles import nps
from aovpn_remediate.rendering.batch import reading
from aovpn_remediate.transports import connect

_PROGRAMS = ("krb5kdc", "kdb5_util", "kadmin.local", "kinit")
_MISSING = [
    name for name in _PROGRAMS if not shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
]
_MISSING += [name for name in ("gssapi", "krb5") if importlib.util.find_spec(name) is None]

pytestmark = pytest.mark.skipif(
    bool(_MISSING),
    reason=f"Kerberos needs Debian's krb5-kdc, krb5-admin-server, krb5-user and the extra "
    f"[kerberos]; missing: {', '.join(_MISSING)}",
)

_REALM = "LAB.TEST"
_PASSWORD = "Passw0rd!"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(command: list[str], stdin: str | None = None) -> None:
    path = f"{os.environ['PATH']}:/usr/sbin"
    done = subprocess.run(
        command,
        input=stdin,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stderr}"


@pytest.fixture
def realm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A KDC with `labadmin` and the services of localhost; nothing of the machine's is used."""
    port = _free_port()
    (tmp_path / "krb5.conf").write_text(
        f"[libdefaults]\n default_realm = {_REALM}\n dns_lookup_kdc = false\n rdns = false\n"
        f" dns_lookup_realm = false\n dns_canonicalize_hostname = false\n"
        f" default_ccache_name = FILE:{tmp_path}/cc\n udp_preference_limit = 1\n"
        f"[realms]\n {_REALM} = {{\n  kdc = 127.0.0.1:{port}\n }}\n"
        f"[domain_realm]\n localhost = {_REALM}\n"
    )
    (tmp_path / "kdc.conf").write_text(
        f"[realms]\n {_REALM} = {{\n  database_name = {tmp_path}/principal\n"
        f"  key_stash_file = {tmp_path}/stash\n  kdc_listen = 127.0.0.1:{port}\n"
        f"  kdc_tcp_listen = 127.0.0.1:{port}\n }}\n"
    )
    monkeypatch.setenv("KRB5_CONFIG", str(tmp_path / "krb5.conf"))
    monkeypatch.setenv("KRB5_KDC_PROFILE", str(tmp_path / "kdc.conf"))
    monkeypatch.setenv("KRB5_KTNAME", str(tmp_path / "lab.keytab"))
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path}/cc")
    _run(["kdb5_util", "create", "-s", "-r", _REALM, "-P", "master"])
    _run(["kadmin.local", "-q", f"addprinc -pw {_PASSWORD} labadmin"])
    for service in ("host", "HTTP", "WSMAN"):
        _run(["kadmin.local", "-q", f"addprinc -randkey {service}/localhost"])
        _run(["kadmin.local", "-q", f"ktadd -k {tmp_path}/lab.keytab {service}/localhost"])
    command = [shutil.which("krb5kdc", path="/usr/sbin:/usr/bin") or "krb5kdc", "-n"]
    kdc = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _until_it_listens(port)
        yield tmp_path
    finally:
        kdc.terminate()
        kdc.wait()


def _until_it_listens(port: int) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    pytest.fail("the KDC does not listen")


def _host(lab: Lab, auth: str, credential: Credential) -> Host:
    connection = Connection.model_validate(
        {"address": "localhost", "scheme": "http", "port": lab.port, "auth": auth}
    )
    return Host("nps-01", connection=connection, credential=credential)


def _facts(host: Host, password: str | None) -> str:
    session = connect(host, secrets=lambda _: password, cancel=threading.Event())
    with session:
        return "\n".join(session.run(reading((), ()), seconds=20))


@pytest.fixture
def lab() -> Iterator[Lab]:
    windows = SimulatedWindows({"127.0.0.1": nps("NPS-01")})
    with Lab(windows, users={"lab": "secret"}) as lab:
        yield lab
        lab.assert_clean()


@pytest.mark.parametrize("auth", ["kerberos", "negotiate"])
def test_the_ticket_of_the_process_logs_on(realm: Path, lab: Lab, auth: str) -> None:
    del realm
    _run(["kinit", "labadmin"], stdin=f"{_PASSWORD}\n")
    assert '"NPS-01"' in _facts(_host(lab, auth, Credential()), None)
    assert {request.user for request in lab.requests if request.user} == {f"labadmin@{_REALM}"}


def test_name_and_password_log_on(realm: Path, lab: Lab) -> None:
    del realm
    credential = Credential(username=f"labadmin@{_REALM}")
    assert '"NPS-01"' in _facts(_host(lab, "kerberos", credential), _PASSWORD)


def test_a_missing_ticket_is_reported(realm: Path, lab: Lab) -> None:
    del realm
    with pytest.raises(LogonFailed, match=r"kinit"):
        _facts(_host(lab, "kerberos", Credential()), None)
