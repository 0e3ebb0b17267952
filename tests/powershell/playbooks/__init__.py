"""The shipped playbooks on a real PowerShell."""
