"""A WinRM server on loopback with simulated Windows hosts behind it; start at `server.Lab`."""
