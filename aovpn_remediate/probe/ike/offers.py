"""The two offers: Windows' default, and what a hardened server accepts.

Each proposal has one transform of each kind, as Windows writes them. With its largest offer and a
cookie of 64 bytes a request stays below the 1280 bytes that every implementation accepts, so that
no fragment of IP is needed to be answered.
"""

from __future__ import annotations

from dataclasses import dataclass

from aovpn_remediate.probe.ike.numbers import Transform, transform_name
from aovpn_remediate.results.probes import OfferName

_TRIPLE_DES, _AES_CBC, _AES_GCM = 3, 12, 20
_SHA1, _SHA256, _SHA384 = 2, 5, 6
_INTEGRITY_OF = {_SHA1: 2, _SHA256: 12, _SHA384: 13}
_MODP1024, _MODP2048, _ECP256, _ECP384 = 2, 14, 19, 20
_WEAK = {
    Transform.ENCRYPTION: {2, _TRIPLE_DES},
    Transform.PRF: {1, _SHA1},
    Transform.INTEGRITY: {1, 2},
    Transform.GROUP: {1, _MODP1024, 5},
}


@dataclass(frozen=True)
class Chosen:
    """One algorithm of each kind; `integrity` is 0 where the encryption brings its own."""

    encryption: int
    key_bits: int
    prf: int
    integrity: int
    group: int

    @property
    def transforms(self) -> tuple[tuple[Transform, int, int], ...]:
        """The kind, the number and the bits of the key (0: not sent) of each."""
        integrity = ((Transform.INTEGRITY, self.integrity, 0),) if self.integrity else ()
        return (
            (Transform.ENCRYPTION, self.encryption, self.key_bits),
            (Transform.PRF, self.prf, 0),
            *integrity,
            (Transform.GROUP, self.group, 0),
        )

    @property
    def weak(self) -> tuple[str, ...]:
        """The names of the algorithms that are no longer good enough."""
        names = [
            transform_name(kind, number)
            for kind, number, _ in self.transforms
            if number in _WEAK[kind]
        ]
        return tuple(dict.fromkeys(names))

    def __str__(self) -> str:
        bits = f"-{self.key_bits}" if self.key_bits else ""
        cipher = transform_name(Transform.ENCRYPTION, self.encryption) + bits
        prf = transform_name(Transform.PRF, self.prf)
        return (
            f"{cipher}, {prf}, {transform_name(Transform.GROUP, self.group)} (group {self.group})"
        )


@dataclass(frozen=True)
class Offer:
    """Proposals in the order of preference, and the group whose key is sent first."""

    name: OfferName
    proposals: tuple[Chosen, ...]

    @property
    def groups(self) -> tuple[int, ...]:
        """The groups of Diffie-Hellman that it contains, the first one first."""
        return tuple(dict.fromkeys(proposal.group for proposal in self.proposals))


def _proposal(cipher: tuple[int, int], hash_: int, group: int) -> Chosen:
    encryption, bits = cipher
    integrity = 0 if encryption == _AES_GCM else _INTEGRITY_OF[hash_]
    return Chosen(encryption, bits, hash_, integrity, group)


_WINDOWS_CIPHERS = (
    *((_TRIPLE_DES, 0), (_AES_CBC, 128), (_AES_CBC, 192), (_AES_CBC, 256)),
    *((_AES_GCM, 128), (_AES_GCM, 256)),
)
DEFAULT = Offer(
    OfferName.DEFAULT,
    tuple(
        _proposal(cipher, hash_, _MODP1024)
        for cipher in _WINDOWS_CIPHERS
        for hash_ in (_SHA1, _SHA256, _SHA384)
    ),
)
"""The offer of a Windows client whose profile has no cryptography of its own."""

HARDENED = Offer(
    OfferName.HARDENED,
    tuple(
        _proposal(cipher, hash_, group)
        for group in (_MODP2048, _ECP256, _ECP384)
        for cipher, hash_ in (
            ((_AES_GCM, 128), _SHA256),
            ((_AES_CBC, 128), _SHA256),
            ((_AES_GCM, 256), _SHA256),
            ((_AES_GCM, 256), _SHA384),
            ((_AES_CBC, 256), _SHA256),
            ((_AES_CBC, 256), _SHA384),
        )
    ),
)
"""AES-GCM-128 or AES-CBC-128 with SHA256 and group 14 first, then what is at least as strong."""
