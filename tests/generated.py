"""The files that are made from code: the schemas, and the tables of the README.

`make schema` writes them anew, and a test says which are no longer current.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from aovpn_remediate.playbook.examples import example_text
from aovpn_remediate.playbook.loader import load_playbook, shipped_playbooks
from aovpn_remediate.resources import KINDS
from aovpn_remediate.resources.proof import WORDS, kind_proof, playbook_proof
from aovpn_remediate.resources.roles import ROLES
from aovpn_remediate.schemas import SCHEMAS, as_text, shipped

_README = Path(__file__).resolve().parents[1] / "README.md"


def _schema(name: str) -> str:
    return as_text(SCHEMAS[name]())


def _readme() -> str:
    text = _README.read_text(encoding="utf-8")
    for name, rows in {"playbooks": _playbooks(), "kinds": _kinds()}.items():
        begin, end = f"<!-- {name}: written by make schema -->\n", f"<!-- end of {name} -->\n"
        before, there, rest = text.partition(begin)
        _, ends, after = rest.partition(end)
        if not (there and ends):
            raise ValueError(f"README.md has no place for the table of {name}")
        table = "".join(f"| {' | '.join(map(_cell, row))} |\n" for row in rows)
        text = f"{before}{begin}{table}{end}{after}"
    return text


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _playbooks() -> Iterator[Iterable[str]]:
    yield "name", "role", "brings about", "for", "needs", "tried on"
    yield "---", "---", "---", "---", "---", "---"
    files = map(load_playbook, shipped_playbooks())
    for file in sorted(files, key=lambda file: ([*ROLES, None].index(file.role), file.name)):
        role = (file.role or "any").replace("_", " ")
        symptoms = "; ".join(map(str, file.header.symptoms))
        tried = WORDS[playbook_proof(file.name) or "parsed"]
        summary = file.header.summary
        confirmed = "`--confirm-high-impact`" if file.high_impact else ""
        needs = ", ".join(filter(None, (file.restarts, confirmed))) or "nothing"
        yield f"`{file.name}`", role, summary, symptoms, needs, tried


def _kinds() -> Iterator[Iterable[str]]:
    yield "kind", "is about", "in constrained language", "tried on", "for example"
    yield "---", "---", "---", "---", "---"
    for name, kind in KINDS.items():
        constrained = "works" if kind.constrained_language else "cannot be read"
        tried = WORDS[kind_proof(name)]
        yield f"`{name}`", kind.summary, constrained, tried, f"`{example_text(kind)}`"


FILES: Mapping[Path, Callable[[], str]] = {
    **{shipped(name): partial(_schema, name) for name in SCHEMAS},
    _README: _readme,
}
"""Each with what it should hold."""

if __name__ == "__main__":
    for path, made in FILES.items():
        path.write_text(made(), encoding="utf-8", newline="\n")
