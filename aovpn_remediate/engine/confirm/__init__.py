"""Hosts that roll back automatically unless a run is confirmed."""
