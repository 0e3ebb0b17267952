"""The service as a process: killed, ended, started again, and asked how it is."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from prometheus_client.parser import text_string_to_metric_families

from aovpn_remediate.lab.windows.registry import Value
from tests.engine.scenes import value

from .conftest import FLEET, Care, MakeCare

_PATIENCE = 30.0


@dataclass
class Process:
    """A `drift run` that was started, and what it says."""

    process: subprocess.Popen[str]
    said: list[str]

    def until(self, words: str) -> str:
        """Read on until a line says so."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)
            if words in line:
                return line
        raise AssertionError("".join(self.said))

    def ends(self) -> int:
        """Its exit code."""
        _, rest = self.process.communicate(timeout=_PATIENCE)
        self.said.append(rest)
        return self.process.returncode


Start = Callable[..., Process]


@pytest.fixture
def start(journal_url: str) -> Iterator[Start]:
    """Starts the program for a site; whatever still runs at the end is killed."""
    with ExitStack() as stack:

        def started(care: Care, *more: str) -> Process:
            command = [sys.executable, "-m", "aovpn_remediate", "drift", "run"]
            command += ["-i", str(care.site.inventory), "--name", FLEET, "--journal", journal_url]
            process = subprocess.Popen([*command, *more], stderr=subprocess.PIPE, text=True)
            stack.enter_context(process)
            stack.callback(process.kill)
            return Process(process, [])

        yield started


@dataclass
class Hanging:
    """A host that does not answer until it is let go."""

    care: Care
    name: str

    def __post_init__(self) -> None:
        self.reached, self.go_on = threading.Event(), threading.Event()
        address = self.care.site.address(self.name)
        number = self.care.site.meddling.pipelines.get(address, 0) + 1
        self.care.site.meddling.before[address, number] = self._hang

    def _hang(self) -> None:
        self.reached.set()
        self.go_on.wait(_PATIENCE)


def pipelines(care: Care, name: str) -> int:
    return care.site.meddling.pipelines.get(care.site.address(name), 0)


def is_under_way(care: Care, name: str) -> bool:
    return care.standings[name].under_way


def make_due(care: Care, name: str) -> None:
    with care.journal.begin() as connection:
        connection.exec_driver_sql(f"UPDATE drift_hosts SET due = 0 WHERE host = '{name}'")  # noqa: S608 - a name of ours


def test_killed_and_started_again_it_keeps_its_schedule(make_care: MakeCare, start: Start) -> None:
    care = make_care("a", "b", clean=False)  # a process that is killed closes nothing
    first = start(care, "--every", "1h", "--once")
    assert first.ends() == 3, first.said
    times = {name: standing.due for name, standing in care.standings.items()}
    make_due(care, "b")

    hanging = Hanging(care, "b")
    service = start(care, "--every", "1h")
    assert hanging.reached.wait(_PATIENCE)
    assert is_under_way(care, "b")
    service.process.kill()
    assert service.ends() == -signal.SIGKILL
    hanging.go_on.set()
    assert is_under_way(care, "b"), "nobody has ended its turn"

    again = start(care, "--every", "1h")
    again.until("1 host looked at")
    again.process.terminate()
    assert again.ends() == 0, again.said
    assert care.standings["a"].due == times["a"], "not yet due: it keeps its time"
    assert pipelines(care, "a") == 1
    assert not is_under_way(care, "b"), "its turn was done, at once and once"
    assert pipelines(care, "b") == 3
    assert care.standings["b"].due > times["b"]


def test_it_ends_cleanly_and_finishes_what_is_under_way(make_care: MakeCare, start: Start) -> None:
    care = make_care("a", "b")
    hanging = Hanging(care, "a")
    service = start(care, "--every", "1h", "--workers", "1")
    assert hanging.reached.wait(_PATIENCE)
    service.process.terminate()
    hanging.go_on.set()
    assert service.ends() == 0, service.said
    assert "Traceback" not in "".join(service.said)
    a, b = care.standings["a"], care.standings["b"]
    assert (a.plan is not None, b.plan is None) == (True, True)
    assert not a.under_way
    assert not b.under_way
    assert b.due < a.due


def test_ctrl_c_while_nothing_is_due(make_care: MakeCare, start: Start) -> None:
    care = make_care("a")
    service = start(care, "--every", "1h")
    service.until("1 host looked at")
    service.process.send_signal(signal.SIGINT)
    assert service.ends() == 130


def test_it_comes_again_and_sets_what_drifts(make_care: MakeCare, start: Start) -> None:
    """With the clock of the machine, which APScheduler waits for."""
    care = make_care("a", drift="fix")
    service = start(care, "--every", "1s", "--fix", "safe")
    service.until("set by run")
    assert value(care.site, "x") == Value("DWord", 1)
    care.site.state().registry.set(r"HKLM\SOFTWARE\Test", "x", Value("DWord", 7))
    service.until("is dword 7")
    service.until("set by run")
    assert value(care.site, "x") == Value("DWord", 1)
    service.process.terminate()
    assert service.ends() == 0


def ask(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - a URL of ours
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_it_tells_how_it_is(make_care: MakeCare, start: Start) -> None:
    care = make_care("a", "b")
    file = care.site.folder / "drift.prom"
    service = start(care, "--every", "1h", "--metrics", "127.0.0.1:0", "--metrics-file", str(file))
    port = service.until("metrics are served").rpartition(" ")[2].strip()
    service.until("2 hosts looked at")

    status, text = ask(f"http://127.0.0.1:{port}/metrics")
    assert status == 200
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["aovpn_remediate_hosts", "drift", "differs"] == 2
    assert samples["aovpn_remediate_drift_journal_up",] == 1
    assert ask(f"http://127.0.0.1:{port}/healthz") == (200, "ok\n")
    assert ask(f"http://127.0.0.1:{port}/else")[0] == 404
    service.process.terminate()
    assert service.ends() == 0
    assert 'aovpn_remediate_hosts{document="drift",state="differs"} 2.0' in file.read_text()
    assert [path.name for path in care.site.folder.glob("drift.prom*")] == ["drift.prom"]
