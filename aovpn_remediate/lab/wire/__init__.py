"""The wire of the lab: TCP, HTTP, logon, encryption, SOAP, shells; no Windows in it."""
