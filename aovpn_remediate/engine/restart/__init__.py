"""Restarts: one host's restart, the order across hosts, capacity of groups, and draining of users."""
