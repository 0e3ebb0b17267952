"""One host as read: what differs and what would be done about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from aovpn_remediate.engine.plan.catalog import Catalog
from aovpn_remediate.engine.plan.compare import check, plan_step, unite
from aovpn_remediate.engine.plan.unknown import needs_of, resolve
from aovpn_remediate.engine.reading.facts import applicability
from aovpn_remediate.engine.reading.read import Reading
from aovpn_remediate.engine.reading.restart_needs import open_needs
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.playbook.model import Playbook
from aovpn_remediate.results import CheckResult, HostPlan, PlaybookOnHost
from aovpn_remediate.results.common import playbook_of


def plan_host(catalog: Catalog, found: Reading) -> HostPlan:
    """What differs on a host, as read. Pure."""
    standings = [_standing(book, found) for book in catalog.playbooks]
    books = list(zip(catalog.playbooks, standings, strict=True))
    applying = tuple(book for book, (standing, _) in books if standing.status == "applies")
    left = needs_of(resolve(catalog.unknown_steps, found), catalog.host.name)
    return HostPlan(
        host=catalog.host.name,
        address=catalog.host.address,
        groups=catalog.host.groups,
        facts=found.facts,
        warnings=warnings(catalog.host),
        playbooks=tuple(standing for standing, _ in standings),
        before=tuple(result for _, results in standings for result in results),
        steps=tuple(plan_step(step, found[step.id]) for step in unite(applying)),
        after=tuple(check(item, found[item.id]) for book in applying for item in book.after),
        outstanding=open_needs((*catalog.needs, *left), found.facts),
    )


def _standing(playbook: Playbook, found: Reading) -> tuple[PlaybookOnHost, tuple[CheckResult, ...]]:
    """Whether a playbook is for the host, and its before-checks where it is."""
    standing = applicability(playbook, found.facts)
    if standing.status != "applies":
        return standing, ()
    results = tuple(check(item, found[item.id]) for item in playbook.before)
    return block(standing, results), results


def block(standing: PlaybookOnHost, results: Iterable[CheckResult]) -> PlaybookOnHost:
    """A playbook is kept off by the first before-check that does not hold."""
    for result in results:
        if result.ok is not True:
            why = result.reason or f"is {result.found}, must be {result.wanted}"
            return PlaybookOnHost(
                name=standing.name, status="blocked", reason=f"{result.title}: {why}"
            )
    return standing


def unread(host: Host, error: str, kind: str) -> HostPlan:
    """A host that could not be read, as such in the plan."""
    return HostPlan(
        host=host.name,
        address=host.address,
        groups=host.groups,
        error=error,
        error_kind=kind,
        warnings=warnings(host),
    )


def warnings(host: Host) -> tuple[str, ...]:
    """What the inventory gives up of the protection of a connection."""
    connection = host.connection
    if connection.transport == "local":
        return ()
    found = []
    if connection.scheme == "https" and not connection.verify:
        found.append("the certificate of the host is not verified (verify: false)")
    if connection.scheme == "http" and (
        connection.encryption == "never" or connection.auth == "basic"
    ):
        found.append("messages are not encrypted (http with encryption: never)")
    return tuple(found)


def standings(
    books: Iterable[PlaybookOnHost], before: Sequence[CheckResult]
) -> tuple[PlaybookOnHost, ...]:
    """Each playbook as its before-checks leave it now."""
    return tuple(
        block(book, [check for check in before if playbook_of(check.id) == book.name])
        if book.status == "applies"
        else book
        for book in books
    )


def kept_off(books: Iterable[PlaybookOnHost]) -> Mapping[str, str]:
    """The playbooks that must not be set here, with the reason."""
    return {book.name: book.reason for book in books if book.status != "applies"}
