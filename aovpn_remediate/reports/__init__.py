"""Plans, runs and verifications as reports: a module for each format, and the table of formats.

A format is a pure function from a document to text.
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
