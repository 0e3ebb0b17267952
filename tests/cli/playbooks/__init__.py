"""Shipped playbooks through the command line, against the lab."""
