"""Probes of a host that no transport makes."""
