"""The functions of each kind on a real PowerShell."""
