"""Judgement of all profiles in a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aovpn_remediate.inspect.profiles.about import AboutProfile
from aovpn_remediate.inspect.profiles.conditional_access import asks_entra, judge_conditional_access
from aovpn_remediate.inspect.profiles.documents import Document, EapText, File, eap_of
from aovpn_remediate.inspect.profiles.eap import Method, methods
from aovpn_remediate.inspect.profiles.elements import (
    judge_declaration,
    judge_elements,
    judge_stray_text,
)
from aovpn_remediate.inspect.profiles.nps import NpsCertificates, judge_names
from aovpn_remediate.inspect.profiles.order import judge_order
from aovpn_remediate.inspect.profiles.routes import read_routes
from aovpn_remediate.inspect.profiles.routing import judge_routing
from aovpn_remediate.inspect.profiles.server_validation import judge_server_validation
from aovpn_remediate.inspect.profiles.tree import Element, NotXml
from aovpn_remediate.inspect.profiles.tunnel import is_device_tunnel, judge_tunnel, judge_uri
from aovpn_remediate.inspect.profiles.values import listed, thumbprint
from aovpn_remediate.results.inspection import Finding, Severity, Unread
from aovpn_remediate.results.profiles import Profile, ProfileRoute, ServerValidation

_SERIOUS_FIRST = (*Severity,)


@dataclass(frozen=True)
class Judgement:
    """What profiles say, and what is wrong with them."""

    profiles: tuple[Profile, ...]
    findings: tuple[Finding, ...]
    unread: tuple[Unread, ...]


def judge(file: File, nps: NpsCertificates | None) -> Judgement:
    """Return the judgement of each profile in a file."""
    profiles: list[Profile] = []
    findings: list[Finding] = []
    unread = [*file.unread]
    for document in file.documents:
        eap, reason = _eap(document)
        if reason:
            unread.append(Unread(subject=document.title, reason=reason))
        found = methods(eap.root) if eap else []
        profiles.append(_profile(document, found))
        some = [*_findings(document, eap, found, nps, eap_is_read=not reason)]
        if not document.layers:
            some += judge_declaration(AboutProfile(document.title), file.content)
        findings += sorted(some, key=lambda finding: _SERIOUS_FIRST.index(finding.severity))
    return Judgement(tuple(profiles), tuple(findings), tuple(unread))


def _eap(document: Document) -> tuple[EapText | None, str]:
    """Return the EAP configuration, or the reason why it could not be read."""
    try:
        return eap_of(document), ""
    except NotXml as error:
        return None, f"its EAP configuration is not read: {error}"


def _findings(
    document: Document,
    eap: EapText | None,
    found: Sequence[Method],
    nps: NpsCertificates | None,
    *,
    eap_is_read: bool,
) -> Iterator[Finding]:
    about, profile = AboutProfile(document.title), document.profile
    yield from judge_stray_text(about, document.root)
    if eap is not None and eap.layer is not None:
        yield from judge_stray_text(about, eap.root)
    if profile is not None:
        yield from judge_tunnel(about, profile)
        yield from judge_uri(about, document.uri, device_tunnel=is_device_tunnel(profile))
        yield from judge_routing(about, profile)
        yield from judge_elements(about, profile)
        yield from judge_order(about, profile)
    if eap_is_read:
        yield from _methods(about, profile, eap, found)
        yield from judge_server_validation(about, found)
        yield from judge_conditional_access(about, profile, found)
        if nps is not None:
            yield from judge_names(about, found, nps)


def _methods(
    about: AboutProfile, profile: Element | None, eap: EapText | None, found: Sequence[Method]
) -> Iterator[Finding]:
    authentication = profile.child("NativeProfile", "Authentication") if profile else None
    wanted = authentication is not None and any(
        authentication.value(name).lower() == "eap" for name in ("UserMethod", "MachineMethod")
    )
    if eap is not None and eap.root.child("ConfigBlob") is not None and not found:
        yield about.note(
            "eap-config-blob",
            "the EAP configuration is a ConfigBlob, whose server names and roots are not judged",
        )
    elif not found and (wanted or profile is None):
        yield about.problem(
            "eap-missing",
            "there is no EAP method in the EAP configuration (EapHostConfig/Config/Eap)",
            "Paste the EAP XML of a working connection: "
            "(Get-VpnConnection NAME).EapConfigXmlStream.InnerXml in PowerShell.",
        )


def _profile(document: Document, found: Sequence[Method]) -> Profile:
    validation = tuple(
        ServerValidation(
            method=method.name,
            server_names=method.names,
            trusted_roots=tuple(thumbprint(root) or root for root in method.roots),
        )
        for method in found
        if method.validates
    )
    profile = document.profile
    if profile is None:
        return Profile(
            name=document.title,
            kind="EAP configuration",
            uri=document.uri,
            server_validation=validation,
        )
    native = ("NativeProfile",)
    return Profile(
        name=document.title,
        kind="device tunnel" if is_device_tunnel(profile) else "user tunnel",
        uri=document.uri,
        servers=listed(profile.value(*native, "Servers")),
        protocol=profile.value(*native, "NativeProtocolType"),
        routing=profile.value(*native, "RoutingPolicyType"),
        user_method=profile.value(*native, "Authentication", "UserMethod"),
        machine_method=profile.value(*native, "Authentication", "MachineMethod"),
        routes=tuple(
            ProfileRoute(
                address=route.element.value("Address"),
                prefix_size=route.element.value("PrefixSize"),
                network=str(route.network or ""),
                metric=route.metric,
                exclusion=route.exclusion,
            )
            for route in read_routes(profile)
        ),
        server_validation=validation,
        conditional_access=asks_entra(profile),
    )
