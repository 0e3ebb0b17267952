"""A loopback WinRM server with simulated Windows hosts behind it: `server.Lab`."""
