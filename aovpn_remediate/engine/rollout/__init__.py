"""A whole run over a fleet: its batches, and its two phases, apply and restart."""
