"""`probe` on the command line: text, JSON, HTML, exit codes, Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from aovpn_remediate.probe.ike.offers import DEFAULT
from tests.cli.conftest import cli
from tests.forked import Program
from tests.probe.conftest import NAME, Site, site
from tests.probe.ike.responder import accepting, silent
from tests.probe.tls.servers import NOT_FOUND, saying

__all__ = ["site"]


def test_a_right_server_exits_with_0(site: Site) -> None:
    site.serve()
    result = cli("probe", "127.0.0.1", *site.options)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "127.0.0.1"
    assert "  SSTP                 served (HTTP 200, Microsoft-HTTPAPI/2.0)" in lines
    assert lines[-1] == "Probe: 2 notes."


def test_findings_exit_with_3_and_end_with_what_to_do(site: Site) -> None:
    weak = accepting(DEFAULT.proposals[0], fragmentation=False)
    site.serve(answer=saying(NOT_FOUND), ike=weak)
    result = cli("probe", "127.0.0.1", *site.options)
    assert result.exit_code == 3
    text = result.stdout
    assert "problem  Something other than SSTP owns TCP" in text
    assert "playbook: rras-ikev2-fragmentation" in text
    assert text.count("fix: ") == 3
    assert text.endswith("Probe: 1 problem, 2 warnings.\n")


def test_what_could_not_be_looked_at_exits_with_1(site: Site) -> None:
    site.serve()
    result = cli("probe", "127.0.0.1", "127.0.0.9", *site.options)
    assert result.exit_code == 1
    assert "could not be looked at  127.0.0.9: TCP" in result.stdout


def test_json_has_everything(site: Site) -> None:
    site.serve()
    report = json.loads(cli("probe", "127.0.0.1", *site.options, "--format", "json").stdout)
    [address] = report["addresses"]
    assert address["tls"]["chain"][0]["dns_names"] == [NAME]
    assert address["tls"]["sstp"]["status"] == 200
    assert [one["port"] for one in address["ike"]["exchanges"]] == [
        *(site.ike_port, site.ike_port, site.nat_port)
    ]


def test_a_page_is_written_to_a_file(site: Site, tmp_path: Path) -> None:
    site.serve()
    path = tmp_path / "vpn.html"
    result = cli("probe", "127.0.0.1", *site.options, "--format", "html", "-o", str(path))
    assert (result.exit_code, result.stdout) == (0, "")
    page = path.read_text("utf-8")
    assert "<h1>127.0.0.1</h1>" in page
    assert 'data-id="ike-fragmentation"' in page


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("vpn.example.com:443",), "--tls-port"),
        (("https://vpn.example.com/",), "give vpn.example.com alone"),
        (("127.0.0.1", "--name", "no name"), "is not the name of a server"),
        (("127.0.0.1", "--ca-file", "missing.pem"), "cannot read missing.pem"),
        (("127.0.0.1", "--tls-port", "0"), "--tls-port"),
        (("127.0.0.1", "--timeout", "0"), "--timeout"),
        ((), "HOST"),
    ],
)
def test_what_is_wrong_is_refused_before_anything_is_sent(
    words: tuple[str, ...], told: str
) -> None:
    result = cli("probe", *words)
    assert result.exit_code == 2
    assert told in result.stderr


def test_ctrl_c_ends_it_at_once(site: Site, tmp_path: Path) -> None:
    site.serve(ike=silent)
    with (tmp_path / "err").open("wb") as errors:
        words = ["probe", "127.0.0.1", *site.options, "--timeout", "60"]
        program = Program(words, {2: errors.fileno()})
        deadline = time.monotonic() + 30
        while not site.ike_heard["127.0.0.1"]:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        started = time.monotonic()
        program.send_signal(signal.SIGINT)
        assert program.wait(30) == 130
    assert time.monotonic() - started < 20
    assert (tmp_path / "err").read_text() == f"error: interrupted{os.linesep}"
