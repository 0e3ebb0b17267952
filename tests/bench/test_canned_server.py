"""The server of canned answers with an unmodified pypsrp."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from aovpn_remediate.lab.certificates import TlsFiles
from tests.bench.canned_server import CannedServer
from tests.lab.wire.visits import HOST, tls_options, visit

TEXT = '{"id":"größer \u2028"}\n' * 2000


def test_a_session_reads_the_text_in_six_requests() -> None:
    with CannedServer(TEXT) as server:
        assert [visit(server, host=host) for host in (HOST, "127.0.0.6")] == [[TEXT], [TEXT]]
        counts = server.stats()

    assert (counts.requests, counts.connections) == (12, 2)
    assert counts.bytes_out > 2 * len(TEXT)


def test_a_session_reads_the_text_over_https(files: TlsFiles) -> None:
    with CannedServer(TEXT, tls=files) as server:
        assert visit(server, **tls_options(files)) == [TEXT]


def test_counts_are_shown_and_reset() -> None:
    with CannedServer(TEXT) as server:
        visit(server)
        pages = f"http://127.0.0.1:{server.port}/_lab/"
        assert requests.get(f"{pages}stats", timeout=5).json()["requests"] == 6
        assert requests.get(f"{pages}reset", timeout=5).json()["requests"] == 6
        assert server.stats().requests == 0


def test_only_basic_is_accepted() -> None:
    with CannedServer(TEXT) as server:
        answer = requests.post(f"http://{HOST}:{server.port}/wsman", timeout=5)

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Basic realm="WSMAN"')


def test_an_unknown_request_is_answered_500() -> None:
    with CannedServer(TEXT) as server:
        url = f"http://{HOST}:{server.port}/wsman"
        answer = requests.post(url, data=b"x", auth=("a", "b"), timeout=5)

    assert answer.status_code == 500


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit into one answer"):
        CannedServer("x" * 500_000)


def test_the_server_runs_as_a_process_of_its_own(tmp_path: Path) -> None:
    answers = tmp_path / "answers.txt"
    answers.write_text(TEXT, "utf-8")
    command = [sys.executable, "-m", "tests.bench.canned_server", "--answers", str(answers)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = json.loads(process.stdout.readline())
            stats = requests.get(f"http://127.0.0.1:{port}/_lab/stats", timeout=5)
        finally:
            process.terminate()

    assert stats.json()["requests"] == 0
