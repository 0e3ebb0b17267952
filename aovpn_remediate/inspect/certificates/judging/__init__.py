"""The rules for certificates: a module for each matter, each function yields findings. Pure."""

from __future__ import annotations
