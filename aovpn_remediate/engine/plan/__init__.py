"""The comparison of what playbooks want with what a host has."""
