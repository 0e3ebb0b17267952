"""`python -m aovpn_remediate.schemas`: writes the shipped files anew."""

from __future__ import annotations

from aovpn_remediate.schemas import SCHEMAS, as_text, shipped

for name, made in SCHEMAS.items():
    shipped(name).write_text(as_text(made()), encoding="utf-8", newline="\n")
