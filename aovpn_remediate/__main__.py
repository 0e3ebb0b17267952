"""`python -m aovpn_remediate`."""

from __future__ import annotations

from aovpn_remediate.cli import main

main(prog_name="python -m aovpn_remediate")
