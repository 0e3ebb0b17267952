"""Certificates from files: read, described, put in order, judged. Pure."""

from __future__ import annotations
