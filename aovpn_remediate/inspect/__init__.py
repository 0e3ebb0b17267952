"""Certificates and VPN profiles, judged offline from their bytes.

Everything is pure: bytes and the time in, a report out.
"""
