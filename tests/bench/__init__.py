"""Benchmark of a plan on the machine that makes it: `make bench`."""
