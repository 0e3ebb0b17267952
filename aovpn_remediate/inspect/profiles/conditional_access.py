"""Judgement of what a profile needs for Entra conditional access."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aovpn_remediate.inspect.profiles.about import AboutProfile, shown
from aovpn_remediate.inspect.profiles.eap import Method
from aovpn_remediate.inspect.profiles.tree import Element
from aovpn_remediate.inspect.profiles.values import is_true, thumbprint
from aovpn_remediate.results.inspection import Finding

_TUNNEL_OID = "1.3.6.1.4.1.311.87"
"""The purpose of the certificate that Entra issues for the tunnel."""
_SSO_OID = "1.3.6.1.5.5.7.3.2"
"""Client authentication: the purpose of the certificate for single sign-on."""


def judge_conditional_access(
    about: AboutProfile, profile: Element | None, methods: Sequence[Method]
) -> Iterator[Finding]:
    """Yield what is wrong with the two halves, in the profile and in the EAP configuration."""
    compliance = profile.child("DeviceCompliance") if profile else None
    wanted = compliance is not None and is_true(compliance.value("Enabled"))
    filters = [found for method in methods if (found := _filter(method)) is not None]
    picks = any(_picks_tunnel_certificate(element) for element in filters)
    if compliance is not None:
        yield from _compliance(about, compliance)
    for element in filters:
        yield from _mapping(about, element)
    if profile is not None:
        yield from _halves(about, wanted=wanted, picks=picks)


def asks_entra(profile: Element) -> bool:
    """Return True if the profile asks Entra for a certificate."""
    return is_true(profile.value("DeviceCompliance", "Enabled"))


def _filter(method: Method) -> Element | None:
    return method.settings.child("TLSExtensions", "FilteringInfo")


def _halves(about: AboutProfile, *, wanted: bool, picks: bool) -> Iterator[Finding]:
    if wanted and not picks:
        yield about.warning(
            "device-compliance-without-tls-extensions",
            "DeviceCompliance asks Entra for a certificate, but no TLSExtensions choose it "
            f"(EKUOID {_TUNNEL_OID} in an enabled ClientAuthEKUList)",
            "Add TLSExtensions with the mapping and the ClientAuthEKUList to the EAP-TLS settings. "
            "The NPS half is the playbook nps-allowed-certificate-oid, which comes last.",
        )
    if picks and not wanted:
        yield about.warning(
            "tls-extensions-without-device-compliance",
            "TLSExtensions choose the certificate that Entra issues, but DeviceCompliance does not "
            "ask for one",
            "Add DeviceCompliance with Enabled true, or remove the TLSExtensions.",
        )


def _compliance(about: AboutProfile, compliance: Element) -> Iterator[Finding]:
    if not is_true(compliance.value("Enabled")):
        yield about.note(
            "device-compliance-disabled",
            "DeviceCompliance is there but not enabled, so that Entra is not asked",
        )
        return
    sso = compliance.child("Sso")
    if sso is None or not is_true(sso.value("Enabled")):
        yield about.warning(
            "sso-disabled",
            "DeviceCompliance has no enabled Sso: the certificate of Entra may be used for single "
            "sign-on, which domain controllers refuse",
            "Set Sso/Enabled to true, with the Eku and the IssuerHash of the certificate that "
            "domain controllers accept.",
        )
        return
    yield from _sso(about, sso)


def _sso(about: AboutProfile, sso: Element) -> Iterator[Finding]:
    eku, issuer = sso.value("Eku"), sso.value("IssuerHash")
    if eku == _TUNNEL_OID:
        yield about.problem(
            "sso-eku",
            f"Sso/Eku is {_TUNNEL_OID}, the purpose of the tunnel's certificate; the one for "
            "single sign-on is another",
            f"Write {_SSO_OID} (client authentication).",
        )
    elif eku != _SSO_OID:
        yield about.warning(
            "sso-eku",
            f"Sso/Eku is {shown(eku) or 'not set'}, not {_SSO_OID} (client authentication)",
            f"Write {_SSO_OID}, unless the certificates for single sign-on have another purpose.",
        )
    if not issuer:
        yield about.warning(
            "sso-issuer-hash",
            "Sso has no IssuerHash, so that Windows may choose a certificate of another CA",
            "Add the thumbprint of the root CA of the certificates for single sign-on.",
        )
    elif not thumbprint(issuer):
        yield about.problem(
            "sso-issuer-hash",
            f"Sso/IssuerHash {shown(issuer)} is no SHA-1 thumbprint of 20 bytes",
            "Write the 40 digits of the thumbprint of the root CA.",
        )


def _maps(filtering: Element) -> dict[str, str]:
    """The purposes that a filter names, each with its OID."""
    mapping = filtering.child("EKUMapping")
    maps = mapping.all("EKUMap") if mapping else []
    return {each.value("EKUName"): each.value("EKUOID") for each in maps}


def _chosen(filtering: Element) -> list[str]:
    """The names of the purposes that a certificate must have."""
    chosen = filtering.child("ClientAuthEKUList")
    return [each.value("EKUName") for each in chosen.all("EKUMapInList")] if chosen else []


def _is_enabled(filtering: Element) -> bool:
    chosen = filtering.child("ClientAuthEKUList")
    return chosen is not None and is_true(chosen.attributes.get("Enabled", ""))


def _picks_tunnel_certificate(filtering: Element) -> bool:
    oids = _maps(filtering)
    return _is_enabled(filtering) and any(
        oids.get(name) == _TUNNEL_OID for name in _chosen(filtering)
    )


def _mapping(about: AboutProfile, filtering: Element) -> Iterator[Finding]:
    oids = _maps(filtering)
    if _chosen(filtering) and not _is_enabled(filtering):
        yield about.warning(
            "client-auth-eku-disabled",
            'ClientAuthEKUList is not enabled (Enabled="true"), so that no certificate is chosen '
            "by its purpose",
            'Add Enabled="true" to ClientAuthEKUList.',
        )
    for name in _chosen(filtering):
        if name not in oids:
            yield about.problem(
                "client-auth-eku-unknown",
                f"ClientAuthEKUList names {shown(name)!r}, which no EKUMap gives an OID",
                "Write the same EKUName in EKUMap and in EKUMapInList.",
            )
    if _SSO_OID in oids.values() and _TUNNEL_OID not in oids.values() and _chosen(filtering):
        yield about.note(
            "client-auth-eku-is-sso",
            f"the TLSExtensions choose certificates for client authentication; the one of Entra "
            f"has {_TUNNEL_OID}",
        )
