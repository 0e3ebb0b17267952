from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings

from aovpn_remediate.reports import FORMATS, Document
from aovpn_remediate.reports.csv import HEADER, cell
from aovpn_remediate.reports.escape import visible
from tests.reports.documents import (
    NPS,
    a_plan_of_everything,
    a_run_of_everything,
    the_plan_of_the_readme,
)
from tests.reports.hostile import hostile_plan, hostile_run, texts

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def _rows(document: Document) -> list[dict[str, str]]:
    text = FORMATS["csv"](document)
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_a_row_a_host_and_step() -> None:
    first, second, third = _rows(the_plan_of_the_readme())
    assert first["host"] == "nps-01"
    assert first["id"] == f"{NPS}/eap-13"
    assert (first["state"], first["action"]) == ("not compliant", "create")
    assert (first["found"], first["wanted"], first["then"]) == ("absent", "dword 1", "reboot")
    assert (second["host"], second["state"]) == ("nps-02", "compliant")
    assert (third["what"], third["state"]) == ("host", "could not be read")
    assert third["reason"].endswith("(negotiate): 401")


def test_a_run_says_how_true_its_plan_was() -> None:
    rows = [row for row in _rows(a_run_of_everything()) if row["what"] == "step"]
    assert {row["run"] for row in rows} == {"20261121-020304-ab12"}
    assert (rows[0]["truth"], rows[0]["why_not"]) == ("as predicted", "")
    assert rows[1]["predicted"] == "absent -> ikev2 128"
    assert rows[1]["truth"] == "not as predicted"


def test_a_plan_has_the_same_columns() -> None:
    lines = [FORMATS["csv"](d).partition("\r\n")[0] for d in (the_plan_of_the_readme(),)]
    lines += [FORMATS["csv"](a_run_of_everything()).partition("\r\n")[0]]
    assert set(lines) == {",".join(HEADER)}


def test_each_line_ends_as_the_rfc_says() -> None:
    text = FORMATS["csv"](a_plan_of_everything())
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")


@pytest.mark.parametrize("start", FORMULA)
def test_no_cell_is_a_formula(start: str) -> None:
    assert cell(f"{start}cmd|' /C calc'!A0").startswith("'")


@settings(max_examples=60, deadline=None)
@given(text=texts)
def test_texts_of_a_host_stay_text_in_their_cell(text: str) -> None:
    for document in (hostile_plan(text), hostile_run(text)):
        written = FORMATS["csv"](document)
        assert all(char.isprintable() for char in written.replace("\r\n", ""))
        rows = list(csv.reader(io.StringIO(written, newline=""), strict=True))
        assert {len(row) for row in rows} == {len(HEADER)}
        assert not any(value.startswith(FORMULA) for row in rows for value in row)
    step = next(row for row in _rows(hostile_plan(text)) if row["what"] == "step")
    assert step["wanted"] == visible(f"x{text}")
