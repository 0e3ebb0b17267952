"""The numbers of IKEv2 with their names, from the registry of IANA."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

MAJOR_VERSION = 2
IKE_SA_INIT = 34
FLAG_INITIATOR = 0x08
FLAG_RESPONSE = 0x20


class Payload(IntEnum):
    """The kinds of payload in IKE_SA_INIT."""

    NONE = 0
    SA = 33
    KE = 34
    NONCE = 40
    NOTIFY = 41
    VENDOR_ID = 43


class Transform(IntEnum):
    """The kinds of transform in a proposal for IKE."""

    ENCRYPTION = 1
    PRF = 2
    INTEGRITY = 3
    GROUP = 4


class Notify(IntEnum):
    """The notifies that the probe sends or acts on."""

    NO_PROPOSAL_CHOSEN = 14
    INVALID_KE_PAYLOAD = 17
    NAT_DETECTION_SOURCE_IP = 16388
    NAT_DETECTION_DESTINATION_IP = 16389
    COOKIE = 16390
    IKEV2_FRAGMENTATION_SUPPORTED = 16430


FIRST_STATUS = 16384
"""The lowest type of a notify that reports no error."""

_NOTIFIES: Mapping[int, str] = {
    1: "UNSUPPORTED_CRITICAL_PAYLOAD",
    4: "INVALID_IKE_SPI",
    5: "INVALID_MAJOR_VERSION",
    7: "INVALID_SYNTAX",
    9: "INVALID_MESSAGE_ID",
    11: "INVALID_SPI",
    24: "AUTHENTICATION_FAILED",
    43: "TEMPORARY_FAILURE",
    16404: "MULTIPLE_AUTH_SUPPORTED",
    16406: "REDIRECT_SUPPORTED",
    16407: "REDIRECT",
    16418: "CHILDLESS_IKEV2_SUPPORTED",
    16431: "SIGNATURE_HASH_ALGORITHMS",
    16435: "USE_PPK",
    16438: "INTERMEDIATE_EXCHANGE_SUPPORTED",
    **{int(notify): notify.name for notify in Notify},
}

_ENCRYPTION: Mapping[int, str] = {
    2: "DES",
    3: "3DES",
    12: "AES-CBC",
    13: "AES-CTR",
    18: "AES-GCM-8",
    19: "AES-GCM-12",
    20: "AES-GCM",
    28: "ChaCha20-Poly1305",
}
_PRF: Mapping[int, str] = {
    1: "MD5",
    2: "SHA1",
    4: "AES-XCBC",
    5: "SHA256",
    6: "SHA384",
    7: "SHA512",
}
_INTEGRITY: Mapping[int, str] = {
    1: "MD5",
    2: "SHA1",
    5: "AES-XCBC",
    12: "SHA256",
    13: "SHA384",
    14: "SHA512",
}
_GROUP: Mapping[int, str] = {
    1: "MODP768",
    2: "MODP1024",
    5: "MODP1536",
    14: "MODP2048",
    15: "MODP3072",
    16: "MODP4096",
    19: "ECP256",
    20: "ECP384",
    21: "ECP521",
    24: "MODP2048-256",
    31: "Curve25519",
}
_TRANSFORMS: Mapping[int, Mapping[int, str]] = {
    Transform.ENCRYPTION: _ENCRYPTION,
    Transform.PRF: _PRF,
    Transform.INTEGRITY: _INTEGRITY,
    Transform.GROUP: _GROUP,
}

_VENDORS: Mapping[str, str] = {
    # MD5 of the text that each implementation has chosen; a version may follow.
    "1e2b516905991c7d7c96fcbfb587e461": "Microsoft Windows",
    "fb1de3cdf341b7ea16b7e5be0855f120": "Microsoft Negotiation Discovery",
    "26244d38eddb61b3172a36e3d0cfb819": "Microsoft Initial Contact",
    "882fe56d6fd20dbc2251613b2ebe5beb": "strongSwan",
}
_VENDOR_HEX = 32
_MOST_VENDOR_HEX = 80


def notify_name(number: int) -> str:
    """Return the name of a notify; its number where the name is not known here."""
    return _NOTIFIES.get(number, f"notify {number}")


def transform_name(kind: int, number: int) -> str:
    """Return the name of an algorithm; its number where the name is not known here."""
    return _TRANSFORMS.get(kind, {}).get(number, f"number {number}")


def vendor_name(content: bytes) -> str:
    """Return the product that a vendor id stands for, with its version; otherwise its bytes."""
    text = content.hex()
    name = _VENDORS.get(text[:_VENDOR_HEX])
    if name is None:
        return text if len(text) <= _MOST_VENDOR_HEX else f"{text[:_MOST_VENDOR_HEX]}..."
    version = content[_VENDOR_HEX // 2 :]
    return f"{name} ({int.from_bytes(version)})" if len(version) == 4 else name  # noqa: PLR2004 - a word
