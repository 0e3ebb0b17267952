"""The service as a process: killed, stopped, restarted, and asked for its health."""

from __future__ import annotations

import signal
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from aovpn_remediate.lab.windows.registry import Value
from tests.engine.scenes import value
from tests.lengths import on_databases

from . import processes
from .conftest import DriftSite, MakeDrift
from .processes import Start

pytestmark = on_databases("sqlite")
start = processes.start
_PATIENCE = 30.0


@dataclass
class Hanging:
    """A host that does not answer until the test lets it."""

    drift: DriftSite
    name: str

    def __post_init__(self) -> None:
        self.reached, self.go_on = threading.Event(), threading.Event()
        address = self.drift.site.address(self.name)
        number = self.drift.site.meddling.pipelines.get(address, 0) + 1
        self.drift.site.meddling.before[address, number] = self._hang

    def _hang(self) -> None:
        self.reached.set()
        self.go_on.wait(_PATIENCE)


def pipelines(drift: DriftSite, name: str) -> int:
    return drift.site.meddling.pipelines.get(drift.site.address(name), 0)


def is_under_way(drift: DriftSite, name: str) -> bool:
    return drift.statuses[name].under_way


def make_due(drift: DriftSite, name: str) -> None:
    with drift.journal.begin() as connection:
        connection.exec_driver_sql(f"UPDATE drift_hosts SET due = 0 WHERE host = '{name}'")  # noqa: S608 - a name of ours


def test_a_killed_service_keeps_its_schedule_when_restarted(
    make_drift: MakeDrift, start: Start
) -> None:
    drift = make_drift("a", "b", clean=False)  # a process that is killed closes nothing
    first = start(drift, "--every", "1h", "--once")
    assert first.exit_code() == 3, first.lines
    times = {name: status.due for name, status in drift.statuses.items()}
    make_due(drift, "b")

    hanging = Hanging(drift, "b")
    service = start(drift, "--every", "1h")
    assert hanging.reached.wait(_PATIENCE)
    assert is_under_way(drift, "b")
    service.program.kill()
    assert service.exit_code() == -signal.SIGKILL
    hanging.go_on.set()
    assert is_under_way(drift, "b"), "nobody has completed the check"

    again = start(drift, "--every", "1h")
    again.until("checked 1 host")
    again.program.send_signal(signal.SIGTERM)
    assert again.exit_code() == 0, again.lines
    assert drift.statuses["a"].due == times["a"], "not due yet: it keeps its time"
    assert pipelines(drift, "a") == 1
    assert not is_under_way(drift, "b"), "its check was done at once, and once"
    assert pipelines(drift, "b") == 3
    assert drift.statuses["b"].due > times["b"]


def test_sigterm_ends_the_service_after_the_check_in_progress(
    make_drift: MakeDrift, start: Start
) -> None:
    drift = make_drift("a", "b")
    hanging = Hanging(drift, "a")
    service = start(drift, "--every", "1h", "--workers", "1")
    assert hanging.reached.wait(_PATIENCE)
    service.program.send_signal(signal.SIGTERM)
    hanging.go_on.set()
    assert service.exit_code() == 0, service.lines
    assert "Traceback" not in "".join(service.lines)
    a, b = drift.statuses["a"], drift.statuses["b"]
    assert (a.plan is not None, b.plan is None) == (True, True)
    assert not a.under_way
    assert not b.under_way
    assert b.due < a.due


def test_ctrl_c_while_nothing_is_due(make_drift: MakeDrift, start: Start) -> None:
    drift = make_drift("a")
    service = start(drift, "--every", "1h")
    service.until("checked 1 host")
    service.program.send_signal(signal.SIGINT)
    assert service.exit_code() == 130


def test_a_value_that_drifts_is_fixed_again(make_drift: MakeDrift, start: Start) -> None:
    """With the clock of the machine, which APScheduler waits for."""
    drift = make_drift("a", drift="fix")
    service = start(drift, "--every", "1s", "--fix", "safe")
    service.until("fixed by run")
    assert value(drift.site, "x") == Value("DWord", 1)
    drift.site.state().registry.set(r"HKLM\SOFTWARE\Test", "x", Value("DWord", 7))
    service.until("is dword 7")
    service.until("fixed by run")
    assert value(drift.site, "x") == Value("DWord", 1)
    service.program.send_signal(signal.SIGTERM)
    assert service.exit_code() == 0


def ask(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - a URL of ours
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_metrics_and_health_over_http_and_in_a_file(make_drift: MakeDrift, start: Start) -> None:
    drift = make_drift("a", "b")
    file = drift.site.folder / "drift.prom"
    service = start(drift, "--every", "1h", "--metrics", "127.0.0.1:0", "--metrics-file", str(file))
    port = service.until("serving metrics").rpartition(" ")[2].strip()
    service.until("checked 2 hosts")

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
    service.program.send_signal(signal.SIGTERM)
    assert service.exit_code() == 0
    assert 'aovpn_remediate_hosts{document="drift",state="differs"} 2.0' in file.read_text()
    assert [path.name for path in drift.site.folder.glob("drift.prom*")] == ["drift.prom"]
