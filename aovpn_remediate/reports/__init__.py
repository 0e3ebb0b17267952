"""How documents are said: a module a format, and the table of them.

A format is a pure function from a plan, a run or a verification to text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aovpn_remediate.reports import csv, html, json, junit, markdown, prometheus, sarif, text
from aovpn_remediate.reports.document import Document

FORMATS: Mapping[str, Callable[[Document], str]] = {
    "text": text.report,
    "json": json.report,
    "html": html.report,
    "markdown": markdown.report,
    "csv": csv.report,
    "junit": junit.report,
    "sarif": sarif.report,
    "prometheus": prometheus.report,
}

__all__ = ["FORMATS", "Document"]
