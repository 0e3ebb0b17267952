"""Restarts of services on a real service control manager."""
