"""Documents in which every text of a host or a file is hostile."""

from __future__ import annotations

from hypothesis import strategies as st

from aovpn_remediate.results import Plan, Run
from tests.reports.documents import check, plan, run, standing, step

NASTY = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "a | b | c",
    "\\|",
    "``` `x` ``",
    "[text](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "<https://evil.example>",
    "https://evil.example www.evil.example mail@evil.example",
    "{0} {1}",
    '"quoted", and, commas',
    "line\nline\r\nline",
    "\x1b[31m\x1b]0;title\x07",
    "\u202egnp.exe\u202c",
    "\x00\x0b\ufffe\uffff",
    "\ud800",
    "]]>",
    "&amp;&#124;",
    "# heading\n---\n* item",
    "---",
    "|---|",
    " ",
    "\\",
    "",
)

_SOME = st.sampled_from(NASTY)
texts = st.one_of(
    _SOME,
    st.text(st.characters(), max_size=20),
    st.lists(st.one_of(_SOME, st.text(max_size=5)), max_size=3).map("".join),
)
"""Any text at all, with what is known to do harm in it."""


def hostile_plan(text: str) -> Plan:
    """Return a plan with this text in every place for a text."""
    host = {
        "host": f"a{text}",
        "facts": {"os_name": text, "pending_reboot": [text], "sessions": 3},
        "warnings": [text],
        "playbooks": [standing(f"b{text}", "blocked", text)],
        "before": [check(f"b{text}/before[0]", ok=False, title=text, found=text, wanted=text)],
        "steps": [
            step(
                f"b{text}/s{text}",
                title=text,
                action="update",
                before_text=text,
                after_text=f"x{text}",
                reason=text,
                notes=[text],
                then={"services": [text]},
            ),
            step(f"b{text}/w{text}", action="update", waived=f"w{text}"),
        ],
        "after": [check(f"b{text}/after[0]", ok=None, title=text, reason=text)],
        "outstanding": [{"need": text, "since": text, "run": text, "step": text}],
    }
    source = {"name": f"b{text}", "path": text, "digest": text}
    more = {"summary": text, "risk": text, "source": text}
    unread = {"host": f"z{text}", "error": text, "error_kind": text}
    return plan(host, unread, made_by=text).model_copy(
        update={"playbooks": Plan.model_validate(_bare({**source, **more})).playbooks}
    )


def _bare(source: dict[str, str]) -> dict[str, object]:
    inventory = {"path": "", "digest": ""}
    return {"made_at": "", "inventory": inventory, "playbooks": [source], "hosts": []}


def hostile_run(text: str) -> Run:
    """Return a run with this text in every place for a text."""
    texts_of_step = {
        "planned_text": text,
        "before_text": text,
        "goal_text": f"x{text}",
        "after_text": text,
        "message": text,
    }
    common = {"id": f"b{text}/s{text}", "title": text, "resource": {}, "read": True}
    host = {
        "host": f"a{text}",
        "facts": {"os_name": text},
        "steps": [{**common, **texts_of_step, "status": "not_held"}],
        "restarts": [{"what": text, "status": "failed", "message": text, "sessions": 2}],
        "backups": [_taken(text), {"of": "rras", "status": "failed", "message": text}],
    }
    left = {"host": f"z{text}", "error": text, "error_kind": text, "restarts": [_open(text)]}
    return run(host, left, id=f"r{text}", operator=text, of=(text,), options={"why": text})


def _taken(text: str) -> dict[str, object]:
    files = [{"name": text, "size": 1, "sha256": text}]
    missing = [{"part": text, "reason": text}]
    return {"of": "rras", "status": "taken", "folder": text, "files": files, "missing": missing}


def _open(text: str) -> dict[str, str]:
    return {"what": text, "status": "outstanding", "message": text}
