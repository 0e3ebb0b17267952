"""The protocols of the lab: TCP, HTTP, logon, encryption, SOAP and shells, without Windows."""
