"""Requests of the doctor that no transport makes."""
