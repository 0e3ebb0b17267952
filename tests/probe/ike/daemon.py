"""A real IKE daemon, Debian's strongSwan, in a network of its own."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")

_PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"
_PLUGINS = "random nonce openssl hmac kdf socket-default kernel-netlink vici"
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET
_LONGEST_START = 20


def program(name: str) -> str | None:
    """The path of a program, which may be one for administrators."""
    return shutil.which(name, path=_PATH)


def missing() -> str:
    """The reason why the daemon cannot run here, or nothing."""
    names = [name for name in ("charon-systemd", "swanctl", "ip") if not program(name)]
    if names:
        return (
            "needs Debian's charon-systemd, libstrongswan-standard-plugins and iproute2; missing: "
            + ", ".join(names)
        )
    if os.geteuid():
        return "needs root, for a network of its own with the ports 500 and 4500"
    name = f"aovpn-try-{os.getpid()}"
    tried = subprocess.run(
        [_ip(), "netns", "add", name], capture_output=True, text=True, check=False
    )
    if tried.returncode:
        return f"needs leave to make a network namespace: {tried.stderr.strip()}"
    subprocess.run([_ip(), "netns", "delete", name], check=True)
    return ""


@dataclass
class Daemon:
    """The daemon on 127.0.0.0/8 and ::1 of its own network, ports 500 and 4500."""

    folder: Path
    namespace: str
    process: subprocess.Popen[bytes] | None = None

    def start(self, cookie_threshold: int) -> None:
        """Make the network and run the daemon until it takes orders.

        It wants a cookie once so many negotiations are unfinished.
        """
        subprocess.run([_ip(), "netns", "add", self.namespace], check=True)
        subprocess.run([_ip(), "-n", self.namespace, "link", "set", "lo", "up"], check=True)
        (self.folder / "strongswan.conf").write_text(
            f"charon {{\n load = {_PLUGINS}\n"
            # It is asked more often than anybody else does.
            f" block_threshold = 10000\n cookie_threshold = {cookie_threshold}\n"
            f" cookie_threshold_ip = {cookie_threshold}\n"
            f" install_routes = no\n filelog {{ stderr {{ default = 1 }} }}\n"
            f" plugins {{ vici {{ socket = {self._socket} }} }}\n}}\n"
        )
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [_ip(), "netns", "exec", self.namespace, program("charon-systemd") or ""],
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        self.configure("aes128gcm16-prfsha256-modp2048")

    def configure(self, proposals: str, *, fragmentation: bool = True) -> None:
        """Take these proposals alone, and fragments or none."""
        (self.folder / "swanctl.conf").write_text(
            f"connections {{ vpn {{\n version = 2\n proposals = {proposals}\n"
            f" fragmentation = {'yes' if fragmentation else 'no'}\n"
            " local { auth = psk }\n remote { auth = psk }\n} }\n"
        )
        order = [program("swanctl") or "", "--load-conns", "--uri", self._socket]
        order += ["--file", str(self.folder / "swanctl.conf")]
        deadline = time.monotonic() + _LONGEST_START
        while (done := self._order(order)).returncode:
            log = (self.folder / "log").read_text(errors="replace")
            assert self.process is not None
            assert self.process.poll() is None, log
            assert time.monotonic() < deadline, f"{done.stderr}\n{log}"

    def stop(self) -> None:
        """End the daemon, and its network with it."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(_LONGEST_START)
        subprocess.run([_ip(), "netns", "delete", self.namespace], check=True)

    def beside(self, work: Callable[[], Result]) -> Result:
        """Do something in the network of the daemon."""
        results: list[Result] = []
        errors: list[BaseException] = []

        def enter() -> None:
            try:
                _enter(self.namespace)
                results.append(work())
            except BaseException as error:  # noqa: BLE001 - raised again below
                errors.append(error)

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        for error in errors:
            raise error
        return results[0]

    @property
    def _socket(self) -> str:
        return f"unix://{self.folder}/vici"

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "STRONGSWAN_CONF": str(self.folder / "strongswan.conf")}

    def _order(self, order: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            order, env=self._environment, capture_output=True, text=True, check=False
        )


def _ip() -> str:
    return program("ip") or "ip"


def _enter(namespace: str) -> None:
    """Move this thread, and those that it starts, into a network namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path(f"/run/netns/{namespace}").open("rb") as place:
        if libc.setns(place.fileno(), _NEW_NETWORK):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
