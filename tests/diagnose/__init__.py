"""Tests of the room that leads from a symptom to its cause."""
