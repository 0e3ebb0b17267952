"""Judgement of what a profile says of the servers that a client trusts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from aovpn_remediate.inspect.profiles.about import AboutProfile, on_line, shown
from aovpn_remediate.inspect.profiles.eap import Method, is_plain_name
from aovpn_remediate.inspect.profiles.values import is_false, is_true, thumbprint
from aovpn_remediate.results.inspection import Finding


def judge_server_validation(about: AboutProfile, methods: Sequence[Method]) -> Iterator[Finding]:
    """Yield what is wrong with the server names and trusted roots of the EAP methods."""
    validating = [method for method in methods if method.validates]
    for method in validating:
        yield from _names(about, method)
        yield from _roots(about, method)
        yield from _prompt(about, method)
    for outer, inner in pairwise(validating):
        yield from _equal(about, outer, inner)
    for method in methods:
        if not method.validates and method.type != "26":
            yield about.note(
                "eap-method-not-judged",
                f"the server validation of {shown(method.name)} is not judged",
            )


def _names(about: AboutProfile, method: Method) -> Iterator[Finding]:
    if is_false(method.option("PerformServerValidation")):
        yield about.warning(
            "server-validation-off",
            f"{method.name} does not validate the server (PerformServerValidation is false)",
            "Set PerformServerValidation to true; without it a client talks to any server.",
        )
    if not method.names:
        yield about.warning(
            "server-names-empty",
            f"{method.name} has no ServerNames: each server with a certificate of a trusted root "
            "is accepted",
            "Name the NPS servers in ServerNames, as their certificates do.",
        )
    elif is_false(method.option("AcceptServerName")):
        yield about.warning(
            "server-names-not-checked",
            f"{method.name} has ServerNames, but AcceptServerName is false, so that they may not "
            "be compared",
            "Set AcceptServerName to true.",
        )
    for name in method.names:
        if not is_plain_name(name):
            yield about.note(
                "server-name-pattern",
                f"the server name {shown(name)} of {method.name} looks like a regular expression "
                "and is compared with nothing",
            )


def _roots(about: AboutProfile, method: Method) -> Iterator[Finding]:
    if not method.roots:
        yield about.problem(
            "trusted-root-missing",
            f"{method.name} has no TrustedRootCA: every Windows 11 wants the thumbprint of a "
            "trusted root in the profile, and refuses the NPS server without it (error 853)",
            "Add a TrustedRootCA with the thumbprint of the root CA of the NPS certificate.",
        )
    for root in method.roots:
        if not thumbprint(root):
            yield about.problem(
                "trusted-root-invalid",
                f"the TrustedRootCA {shown(root)} of {method.name} is no SHA-1 thumbprint of 20 "
                "bytes in hexadecimal digits",
                "Write the 40 digits of the thumbprint of the root CA, with or without spaces.",
            )


def _prompt(about: AboutProfile, method: Method) -> Iterator[Finding]:
    element = method.validation
    text = element.value("DisableUserPromptForServerValidation") if element else ""
    if is_true(text):
        return
    what = (
        f"{method.name} asks the user whether to trust a server "
        "(DisableUserPromptForServerValidation is"
    )
    if text:
        yield about.warning(
            "server-prompt",
            f"{what} {shown(text)}): a connection without a user at the screen fails, and users "
            "may trust a wrong server",
            "Set DisableUserPromptForServerValidation to true.",
        )
    elif element is not None:
        yield about.note(
            "server-prompt-not-set",
            f"{method.name} does not say whether the user is asked to trust a server "
            "(DisableUserPromptForServerValidation)",
        )


def _equal(about: AboutProfile, outer: Method, inner: Method) -> Iterator[Finding]:
    both = f"{outer.name} and {inner.name}"
    outer_names, inner_names = set(outer.names), set(inner.names)
    place = inner.names_element or outer.names_element
    if outer_names and inner_names and outer_names != inner_names and place is not None:
        yield _names_differ(about, outer, inner, place.line)
    outer_roots = {thumbprint(root) for root in outer.roots}
    inner_roots = {thumbprint(root) for root in inner.roots}
    if outer_roots and inner_roots and outer_roots != inner_roots:
        yield about.warning(
            "trusted-roots-differ",
            f"{both} trust different roots, although they meet the same NPS server",
            "List the same TrustedRootCA in both places.",
        )


def _names_differ(about: AboutProfile, outer: Method, inner: Method, line: int) -> Finding:
    text = (
        f"{outer.name} trusts {shown('; '.join(outer.names))}, {inner.name} trusts "
        f"{shown('; '.join(inner.names))} {on_line(line)}"
    )
    fix = "Write the same ServerNames in both places."
    if {name.lower() for name in outer.names} == {name.lower() for name in inner.names}:
        return about.warning("server-names-differ-in-case", f"{text}: only the case differs", fix)
    plain = all(is_plain_name(name) for name in (*outer.names, *inner.names))
    lower = {name.lower() for name in outer.names} & {name.lower() for name in inner.names}
    if plain and not lower:
        return about.problem(
            "server-names-differ", f"{text}: no server has a name that both accept", fix
        )
    return about.warning("server-names-differ", text, fix)
