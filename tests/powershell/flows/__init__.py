"""Whole runs on a real PowerShell: killed, at once, by a schedule, over each transport."""
