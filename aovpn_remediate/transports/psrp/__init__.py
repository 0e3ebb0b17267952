"""PowerShell remoting (PSRP) by pypsrp."""
