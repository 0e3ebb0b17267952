"""Reports of `inspect` and `probe`: a module for each kind makes sections, two print them."""

from __future__ import annotations
