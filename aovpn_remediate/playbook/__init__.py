"""Playbooks: read from YAML, checked, and resolved for each host."""
