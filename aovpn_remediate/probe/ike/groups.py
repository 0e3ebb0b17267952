"""Public keys of Diffie-Hellman for the groups that are offered.

No secret is ever agreed on: the probe ends before a key would be needed, so the private part is
thrown away at once. `cryptography` makes the elliptic curves and no longer the older groups.
"""

from __future__ import annotations

import secrets

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_GENERATOR = 2
_EXPONENT_BITS = 256

_MODP1024 = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"
    "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
    "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
    16,
)
_MODP2048 = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"
    "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
    "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05"
    "98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB"
    "9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718"
    "3995497CEA956AE515D2261898FA051015728E5A8AACAA68FFFFFFFFFFFFFFFF",
    16,
)
PRIMES = {2: _MODP1024, 14: _MODP2048}
_CURVES: dict[int, ec.EllipticCurve] = {19: ec.SECP256R1(), 20: ec.SECP384R1()}


def public_key(group: int) -> bytes:
    """Return a new public key as a KE payload carries it."""
    if group in PRIMES:
        prime = PRIMES[group]
        exponent = secrets.randbits(_EXPONENT_BITS) | 1
        return pow(_GENERATOR, exponent, prime).to_bytes(key_size(group))
    point = ec.generate_private_key(_CURVES[group]).public_key()
    # The first byte says that both coordinates follow; IKE leaves it out.
    return point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]


def key_size(group: int) -> int:
    """Return the length of a public key in bytes."""
    if group in PRIMES:
        return (PRIMES[group].bit_length() + 7) // 8
    return 2 * ((_CURVES[group].key_size + 7) // 8)
