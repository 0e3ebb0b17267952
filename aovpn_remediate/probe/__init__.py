"""A VPN server from the outside, without credentials: DNS, TLS with SSTP, and IKE.

What goes over the network and what is made of it are apart: each protocol has a module that asks
and one that judges.
"""
