"""The answers of a host, validated."""
