"""The NPS extension for Entra multifactor authentication on a simulated NPS server."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from aovpn_remediate.lab.windows.model import AnswerSeed, HostSeed, ServiceSeed, ValueSeed
from aovpn_remediate.lab.windows.registry import long_path

ENDPOINTS = (
    "login.microsoftonline.com",
    "credentials.azure.com",
    "strongauthenticationservice.auth.microsoft.com",
    "adnotifications.windowsazure.com",
)
TENANT_ID = "6f1d3c52-0b1e-4c5e-9a0f-2d7c1f0e8b64"
KEY = r"HKLM\SOFTWARE\Microsoft\AzureMfa"
_UNIT = "Microsoft NPS Extension"
_NETWORK_SERVICE, _SYSTEM = "S-1-5-20", "S-1-5-18"
_FULL_CONTROL, _READ = 0x1F01FF, 0x120089


def with_mfa_extension(
    seed: HostSeed,
    *,
    hours_since_error: float | None = None,
    days_left: int = 400,
    expired: int = 0,
    readable: bool = True,
    user_match: str | None = None,
    unreached: Sequence[str] = (),
) -> HostSeed:
    """Return an NPS server with the extension, whose service has a process of its own.

    `expired` is the number of expired certificates beside its own, `unreached` are names that
    cannot be reached, `user_match` is REQUIRE_USER_MATCH.
    """
    values = {"TENANT_ID": ValueSeed(string=TENANT_ID)}
    if user_match is not None:
        values["REQUIRE_USER_MATCH"] = ValueSeed(string=user_match)
    certificates = [_certificate(days_left, readable=readable)]
    certificates += [_certificate(-1 - n, readable=readable) for n in range(expired)]
    answers = {
        "certificate": {"account": _NETWORK_SERVICE, "certificates": certificates},
        "event": _event(hours_since_error),
        "tcp_reach": _reach(unreached),
    }
    return seed.model_copy(
        update={
            "services": {**seed.services, "IAS": ServiceSeed(account="LocalSystem")},
            "registry": {**seed.registry, long_path(KEY): values},
            "answers": {
                **seed.answers,
                **{kind: (AnswerSeed(answer=answer),) for kind, answer in answers.items()},
            },
        }
    )


def _event(hours: float | None) -> dict[str, Any]:
    newest = None
    if hours is not None:
        time = datetime.now(UTC) - timedelta(hours=hours)
        newest = {"time": time.isoformat(), "id": 3, "provider": "Microsoft-AzureMfa-AuthZ"}
    return {"log": "AuthZAdminCh", "enabled": True, "newest": newest, "all": True}


def _reach(unreached: Sequence[str]) -> dict[str, Any]:
    names = []
    for number, name in enumerate(ENDPOINTS, start=1):
        result = "timeout" if name in unreached else "open"
        tried = [{"address": f"203.0.113.{number}", "result": result}]
        names.append({"name": name, "error": None, "tried": tried})
    return {"names": names, "proxy": None}


def _certificate(days: int, *, readable: bool) -> dict[str, Any]:
    rules = [{"sid": _SYSTEM, "allow": True, "rights": _FULL_CONTROL}]
    if readable:
        rules.append({"sid": _NETWORK_SERVICE, "allow": True, "rights": _READ})
    raw = base64.b64encode(_der(days)).decode()
    return {"raw": raw, "begun": True, "days": days, "key": True, "access": {"rules": rules}}


def _der(days: int) -> bytes:
    """Return a certificate as the setup of the extension makes it, for two years."""
    key = ec.generate_private_key(ec.SECP256R1())
    parts = ((NameOID.COMMON_NAME, TENANT_ID), (NameOID.ORGANIZATIONAL_UNIT_NAME, _UNIT))
    name = x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])
    ends = datetime.now(UTC) + timedelta(days=days, hours=12)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends - timedelta(days=730))
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.DER)
