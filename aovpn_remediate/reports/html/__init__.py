"""A document as one HTML file."""

from __future__ import annotations

from aovpn_remediate.reports.document import Document
from aovpn_remediate.reports.html.files import html_file
from aovpn_remediate.reports.html.page import page_of


def report(document: Document) -> str:
    """Return a whole page."""
    return html_file("report.html.j2", page=page_of(document))
