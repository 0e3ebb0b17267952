"""The command shell of WinRM by pywinrm."""
