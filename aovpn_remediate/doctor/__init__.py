"""The examination of hosts: probes observe, checks evaluate, each problem gets a suggested fix."""
