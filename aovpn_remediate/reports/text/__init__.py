"""A document as text: plain for a pipe, coloured and wrapped for a terminal."""

from __future__ import annotations

from rich.text import Text

from aovpn_remediate.reports.document import Document
from aovpn_remediate.reports.text.audit import audit_lines
from aovpn_remediate.reports.text.plan import plan_lines
from aovpn_remediate.reports.text.run import run_lines
from aovpn_remediate.results import Audit, Run

_NARROWEST = 40


def report(document: Document) -> str:
    """Return plain text, a line for each step, however long."""
    return "\n".join(line.plain.rstrip() for line in _lines(document, None))


def rendered(document: Document, width: int) -> Text:
    """Return coloured text with no line wider than a terminal of this width (40 at least)."""
    return Text("\n").join(_lines(document, max(width, _NARROWEST)))


def _lines(document: Document, width: int | None) -> list[Text]:
    if isinstance(document, Run):
        return run_lines(document, width)
    if isinstance(document, Audit):
        return audit_lines(document, width)
    return plan_lines(document, width)
