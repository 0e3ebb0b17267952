"""Control pages of the lab, without logon: GET /_lab/ stats, reset, requests, leaks, fault, set."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aovpn_remediate.lab.faults import Fault
from aovpn_remediate.lab.wire.http import HttpAnswer, HttpRequest
from aovpn_remediate.lab.wire.site import Site

PREFIX = "/_lab/"

_FAULT_TYPES = {"nth": int, "code": int, "seconds": float}
_SETTINGS = {
    "latency": float,
    "open_seconds": float,
    "run_seconds": float,
    "jitter": float,
    "idle_seconds": float,
    "max_timeout": float,
    "max_shells": int,
    "max_commands": int,
    "max_envelope": int,
}


def answer(site: Site, request: HttpRequest) -> HttpAnswer:
    """Return the requested page as JSON; `requests` has one line of JSON for each."""
    url = urlsplit(request.target)
    page = _PAGES.get(url.path.removeprefix(PREFIX))
    if page is None or request.method != "GET":
        known = ", ".join(PREFIX + name for name in _PAGES)
        return _text(404, f"not found; available pages (GET only): {known}")
    try:
        return _text(200, page(site, dict(parse_qsl(url.query))))
    except (KeyError, TypeError, ValueError) as error:
        return _text(400, str(error))


def _stats(site: Site, query: dict[str, str]) -> str:
    host = query.get("host")
    return json.dumps((site.host(host).counts if host else site.stats()).plain())


def _reset(site: Site, query: dict[str, str]) -> str:
    counted = _stats(site, query)
    site.reset_stats()
    return counted


def _requests(site: Site, _query: dict[str, str]) -> str:
    return "".join(json.dumps(asdict(entry)) + "\n" for entry in site.requests)


def _leaks(site: Site, _query: dict[str, str]) -> str:
    return json.dumps(site.leaks())


def _fault(site: Site, query: dict[str, str]) -> str:
    fields: dict[str, Any] = {
        name: _FAULT_TYPES.get(name, str)(value) for name, value in query.items()
    }
    site.faults.add(Fault(**fields))
    return json.dumps(fields)


def _set(site: Site, query: dict[str, str]) -> str:
    values = {name: _SETTINGS[name](value) for name, value in query.items()}
    for name, value in values.items():
        setattr(site.settings, name, value)
    return json.dumps(values)


_PAGES: dict[str, Callable[[Site, dict[str, str]], str]] = {
    "stats": _stats,
    "reset": _reset,
    "requests": _requests,
    "leaks": _leaks,
    "fault": _fault,
    "set": _set,
}


def _text(status: int, text: str) -> HttpAnswer:
    kind = "application/json" if status == 200 else "text/plain"  # noqa: PLR2004 - HTTP's own
    return HttpAnswer(status, text.encode(), (("Content-Type", kind),))
