"""The report of `inspect profile`: what VPN profiles say, what is wrong, and what was corrected."""

from __future__ import annotations

from typing import Literal

from aovpn_remediate.results.common import Data
from aovpn_remediate.results.inspection import Finding, Inspection


class ProfileRoute(Data):
    """A route as the profile has it."""

    address: str
    prefix_size: str
    network: str = ""
    """The network that the address belongs to, such as `172.21.8.0/21`; empty if there is none."""
    metric: str = ""
    exclusion: bool = False
    """True for a route beside the tunnel."""


class ServerValidation(Data):
    """Which servers one EAP method trusts."""

    method: str
    """Such as `PEAP` or `EAP-TLS inside PEAP`."""
    server_names: tuple[str, ...] = ()
    trusted_roots: tuple[str, ...] = ()
    """Thumbprints (SHA-1) in small letters; anything else as it is written."""


class Profile(Data):
    """A VPN profile, or an EAP configuration alone."""

    name: str
    kind: Literal["user tunnel", "device tunnel", "EAP configuration"]
    uri: str = ""
    """The OMA-URI that an export of Intune sets it at."""
    servers: tuple[str, ...] = ()
    protocol: str = ""
    routing: str = ""
    user_method: str = ""
    machine_method: str = ""
    routes: tuple[ProfileRoute, ...] = ()
    server_validation: tuple[ServerValidation, ...] = ()
    conditional_access: bool = False
    """True if the profile asks Entra for a certificate (`DeviceCompliance`)."""


class Correction(Data):
    """A change in the corrected copy."""

    id: str
    """The finding that it corrects."""
    subject: str
    text: str
    adds: tuple[str, ...] = ()
    """The address ranges that it adds to what the route covers."""


class ProfileReport(Inspection):
    """The profiles of a file."""

    profiles: tuple[Profile, ...] = ()
    other_settings: int = 0
    """The number of settings in an export that are no VPN profiles, and were not looked at."""
    corrected: bool = False
    """True if a corrected copy was made."""
    corrections: tuple[Correction, ...] = ()
    remaining: tuple[Finding, ...] = ()
    """What is found in the corrected copy, and needs a person."""
    diff: str = ""
    """The corrections as a unified diff of the profiles, secrets left out."""
