"""Restarts: that of one host, the order across hosts, capacity of groups, draining of users."""
