"""The inventory: hosts, their groups, connections, secrets, windows and waivers."""
