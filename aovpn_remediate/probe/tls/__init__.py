"""TLS and SSTP on TCP 443: `contexts` and `connect` open it, `sstp` asks, `chain` reads."""
