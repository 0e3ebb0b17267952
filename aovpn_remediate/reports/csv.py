"""A document as comma-separated values (RFC 4180) for a spreadsheet: a row for each step of a host.

Checks, restarts, and hosts and playbooks with a problem have rows too: column `what` tells them
apart. No cell is a formula, and none contains a line end.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from aovpn_remediate.reports.accuracy import WORDS, accuracy
from aovpn_remediate.reports.document import Document
from aovpn_remediate.reports.escape import visible
from aovpn_remediate.reports.items import Item, items
from aovpn_remediate.results import Run

HEADER = (
    *("document", "time", "run", "host", "what", "playbook", "id", "title"),
    *("state", "action", "found", "wanted", "after", "then", "reason"),
    *("predicted", "happened", "truth", "why_not"),
)
"""The columns; new ones come at the end."""

# Spreadsheets take a cell that begins so for a formula; some take the full-width forms as well.
_BEGINS_A_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def report(document: Document) -> str:
    """Return the header and the rows; each ends with CR LF."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    writer.writerows(map(cell, row) for row in _rows(document))
    return text.getvalue()


def cell(text: str) -> str:
    """Return the text, after an apostrophe where a spreadsheet would calculate it."""
    shown = visible(text)
    return f"'{shown}" if text.startswith(_BEGINS_A_FORMULA) else shown


def _rows(document: Document) -> Iterator[tuple[str, ...]]:
    start: tuple[str, ...]
    if isinstance(document, Run):
        start = (document.kind, document.started, document.id)
        predictions = {
            (step.host, step.step): (step.predicted, step.happened, WORDS[step.verdict], step.why)
            for step in accuracy(document).steps
        }
    else:
        start, predictions = (document.kind, document.made_at, ""), {}
    for item in items(document):
        if item.what in ("host", "playbook") and item.outcome == "well":
            continue
        prediction = predictions.get((item.host, item.id)) if item.what == "step" else None
        yield (*start, *_columns(item), *(prediction or ("", "", "", "")))


def _columns(item: Item) -> tuple[str, ...]:
    return (
        *(item.host, item.what, item.playbook, item.id, item.title),
        *(item.word, item.action, item.found, item.wanted, item.after, item.then, item.reason),
    )
