"""Drift detection: repeated checks of a fleet, automatic fixes where allowed, and a history."""
