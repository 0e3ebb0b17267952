"""HTML files that work without a network, other files and JavaScript.

The script (for the filter and the copy buttons) is inlined under a policy that lets no other script
or style run. A file is ASCII, so that a pipe may have any encoding.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from aovpn_remediate.assets import asset_dir
from aovpn_remediate.reports.escape import one_line, visible

_TEMPLATES = asset_dir("templates") / "reports"


def html_file(template: str, **values: Any) -> str:
    """Return a whole file from a template in `templates/reports/`."""
    style, script = _asset("report.css"), _asset("report.js")
    html = (
        _environment()
        .get_template(template)
        .render(**values, style=style, script=script, policy=_policy(style, script))
    )
    return html.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _asset(name: str) -> Markup:
    """Return a style or a script as it is: neither has character references in HTML."""
    return Markup((_TEMPLATES / name).read_text(encoding="ascii"))  # noqa: S704 - ours, no value


def _policy(style: str, script: str) -> str:
    """Return a policy under which nothing is loaded, and nothing runs but these two."""
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
    environment.filters["one_line"] = one_line
    return environment


def _shown(value: Any) -> Any:
    """Return a value, before it is escaped, with everything that cannot be printed shown."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
