"""The case files of the kinds: each answer is what a real PowerShell prints for such a host."""
