"""The backups that a run takes of a host before it sets anything there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Backup = Literal["rras"]
"""What a backup is of."""

TITLES: Mapping[Backup, str] = {"rras": "RRAS"}
"""What people call it."""
