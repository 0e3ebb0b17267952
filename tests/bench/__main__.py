"""Plans against a server of canned answers: hosts per second, CPU and requests per host, memory.

The server and each measurement are separate processes, so that the figures are those of the client
alone. `python -m tests.bench` runs all cases and prints a line for each.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aovpn_remediate as aovpn
from aovpn_remediate.lab.backend import Output
from aovpn_remediate.lab.certificates import Authority, TlsFiles
from aovpn_remediate.lab.windows import SimulatedWindows
from aovpn_remediate.lab.windows.roles import nps

VALUES = 20


@dataclass(frozen=True)
class Case:
    """A measurement: number of hosts and transport."""

    name: str
    hosts: int
    https: bool = False


CASES = (
    Case("200 hosts, HTTP", 200),
    Case("200 hosts, verified HTTPS", 200, https=True),
    Case("1000 hosts, HTTP", 1000),
)


def playbook(folder: Path) -> Path:
    """Write a playbook of twenty registry values."""
    steps = "\n".join(
        f"  - id: value-{n}\n"
        f"    registry_value: {{key: 'HKLM\\SOFTWARE\\Bench\\{n}', name: Value, type: dword, "
        f"data: {n}, create_key: true}}"
        for n in range(VALUES)
    )
    path = folder / "bench.yaml"
    path.write_text(f"name: bench\nsummary: Twenty registry values\nhosts: all\nsteps:\n{steps}\n")
    return path


def inventory(folder: Path, case: Case, port: int) -> Path:
    """Write an inventory of hosts in 127.0.0.0/8."""
    scheme = f"scheme: https, ca_file: {folder}/ca.pem" if case.https else "scheme: http"
    safety = "" if case.https else ", encryption: never"
    hosts = "\n".join(
        f"      host-{n}: {{address: 127.1.{n // 250}.{n % 250 + 1}}}" for n in range(case.hosts)
    )
    path = folder / f"{case.hosts}-{case.https}.yaml"
    path.write_text(
        f"all:\n  connection: {{{scheme}, port: {port}, auth: basic{safety}}}\n"
        f"  credential: {{username: lab, password: {{env: AOVPN_BENCH_PASSWORD}}}}\n"
        f"groups:\n  all-of-them:\n    hosts:\n{hosts}\n"
    )
    return path


def answer(folder: Path) -> Path:
    """Write the output of one simulated host, which the server sends for every host."""
    script = aovpn.render(playbook(folder))
    windows = SimulatedWindows({"127.0.0.1": nps("bench")})
    outputs: list[Output] = list(windows.run("127.0.0.1", script, {}))
    path = folder / "answer.txt"
    path.write_text(outputs[0].text)
    return path


@contextmanager
def serving(folder: Path, case: Case, files: TlsFiles) -> Iterator[int]:
    """Run the server of canned answers in its own process; yield its port."""
    command = [
        sys.executable,
        "-m",
        "tests.bench.canned_server",
        "--answers",
        f"{folder}/answer.txt",
    ]
    if case.https:
        command += ["--cert", str(files.certificate), "--key", str(files.key)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield int(server.stdout.readline())
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    """Measure all cases and print a line for each."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        answer(folder)
        files = Authority(folder).server(*(f"127.1.0.{n}" for n in range(1, 201)))
        for case in CASES:
            with serving(folder, case, files) as port:
                path = inventory(folder, case, port)
                arguments = [str(folder / "bench.yaml"), str(path), str(folder)]
                done = subprocess.run(
                    [sys.executable, "-m", "tests.bench.client", *arguments],
                    check=True,
                    capture_output=True,
                    text=True,
                    env={"AOVPN_BENCH_PASSWORD": "any", "PATH": "/usr/bin:/bin"},
                )
            report(case, json.loads(done.stdout))


def report(case: Case, found: dict[str, float]) -> None:
    """Print the figures of a case."""
    print(  # noqa: T201 - output of the command
        f"{case.name:<28}{found['hosts_per_second']:7.0f} hosts/s"
        f"{found['cpu_ms']:8.1f} ms of CPU per host{found['requests']:6.1f} requests per host"
        f"{found['peak_mb']:7.0f} MB peak"
    )


if __name__ == "__main__":
    main()
