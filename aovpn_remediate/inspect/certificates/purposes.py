"""The purposes (EKUs) that certificates of a VPN have, and their names as Windows shows them."""

from __future__ import annotations

from collections.abc import Mapping

SERVER = "1.3.6.1.5.5.7.3.1"
CLIENT = "1.3.6.1.5.5.7.3.2"
SMART_CARD = "1.3.6.1.4.1.311.20.2.2"
ANY = "2.5.29.37.0"
CONDITIONAL_ACCESS = "1.3.6.1.4.1.311.87"

PURPOSES: Mapping[str, str] = {
    SERVER: "Server Authentication",
    CLIENT: "Client Authentication",
    "1.3.6.1.5.5.7.3.3": "Code Signing",
    "1.3.6.1.5.5.7.3.4": "Secure Email",
    "1.3.6.1.5.5.7.3.5": "IP security end system",
    "1.3.6.1.5.5.7.3.6": "IP security tunnel termination",
    "1.3.6.1.5.5.7.3.7": "IP security user",
    "1.3.6.1.5.5.7.3.8": "Time Stamping",
    "1.3.6.1.5.5.7.3.9": "OCSP Signing",
    "1.3.6.1.5.5.7.3.17": "IPsec IKE",
    "1.3.6.1.5.5.8.2.2": "IP security IKE intermediate",
    "1.3.6.1.5.2.3.4": "PKINIT client authentication",
    "1.3.6.1.5.2.3.5": "KDC Authentication",
    "1.3.6.1.4.1.311.10.3.4": "Encrypting File System",
    "1.3.6.1.4.1.311.10.3.12": "Document Signing",
    "1.3.6.1.4.1.311.20.2.1": "Certificate Request Agent",
    SMART_CARD: "Smart Card Logon",
    "1.3.6.1.4.1.311.54.1.2": "Remote Desktop Authentication",
    CONDITIONAL_ACCESS: "AAD Conditional Access",
    ANY: "Any Purpose",
}
