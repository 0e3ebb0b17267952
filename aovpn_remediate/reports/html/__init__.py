"""A document as one HTML file that needs nothing else: no network, no other file, no script.

What a script adds (the filter, the copy button) is inlined under a policy that lets no other
script or style run. It is ASCII, so that any encoding of a pipe will do.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from aovpn_remediate.assets import asset_dir
from aovpn_remediate.reports.document import Document
from aovpn_remediate.reports.escape import said, visible
from aovpn_remediate.reports.html.page import page_of

_TEMPLATES = asset_dir("templates") / "reports"


def report(document: Document) -> str:
    """A whole page."""
    style, script = _ours("report.css"), _ours("report.js")
    html = (
        _environment()
        .get_template("report.html.j2")
        .render(page=page_of(document), style=style, script=script, policy=_policy(style, script))
    )
    return html.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _ours(name: str) -> Markup:
    """A file of ours, which goes in as it is: where references of characters mean nothing."""
    return Markup((_TEMPLATES / name).read_text(encoding="ascii"))  # noqa: S704 - ours, no value


def _policy(style: str, script: str) -> str:
    """Nothing may be loaded, nothing run but these two."""
    hashes = (b64encode(sha256(text.encode()).digest()).decode() for text in (style, script))
    styles, scripts = (f"'sha256-{found}'" for found in hashes)
    return (
        f"default-src 'none'; style-src {styles}; script-src {scripts}; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["said"] = said
    return environment


def _shown(value: Any) -> Any:
    """Each value before it is escaped: what cannot be seen is shown."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
