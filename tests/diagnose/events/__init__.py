"""Tests of events that people send."""
