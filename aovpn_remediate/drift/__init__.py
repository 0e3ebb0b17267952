"""Drift: looking at a fleet again and again, correcting what may be, and remembering since when."""
