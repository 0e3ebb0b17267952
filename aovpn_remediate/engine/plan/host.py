"""The plan of one host: what was read, compared with what its playbooks want. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from aovpn_remediate.engine.plan.catalog import Catalog
from aovpn_remediate.engine.plan.compare import check, plan_step, refuse_resolved, unite
from aovpn_remediate.engine.plan.services_below import unread as unread_services
from aovpn_remediate.engine.plan.services_below import with_services
from aovpn_remediate.engine.plan.unknown import needs_of, resolve
from aovpn_remediate.engine.reading import identity
from aovpn_remediate.engine.reading.facts import applicability
from aovpn_remediate.engine.reading.read import Reading
from aovpn_remediate.engine.reading.restart_needs import left_stopped, open_needs
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.playbook.model import Playbook
from aovpn_remediate.results import CheckResult, HostPlan, PlaybookOnHost
from aovpn_remediate.results.common import playbook_of


def plan_host(catalog: Catalog, found: Reading) -> HostPlan:
    """Return the plan of a host as read."""
    examined = [(playbook, *_examine(playbook, found)) for playbook in catalog.playbooks]
    applying = tuple(playbook for playbook, on_host, _ in examined if on_host.status == "applies")
    unknown = catalog.unknown_steps
    steps = refuse_resolved(
        [plan_step(with_services(step, found.facts), found[step.id]) for step in unite(applying)]
    )
    left = needs_of(resolve(unknown, found), catalog.host.name) if unknown else ()
    return HostPlan(
        host=catalog.host.name,
        address=catalog.host.address,
        groups=catalog.host.groups,
        facts=found.facts,
        warnings=(
            *warnings(catalog.host),
            *identity.warnings(catalog.host.address, found.facts),
            *unread_services(steps, found.facts),
        ),
        playbooks=tuple(on_host for _, on_host, _ in examined),
        before=tuple(result for _, _, results in examined for result in results),
        steps=steps,
        after=tuple(check(item, found[item.id]) for book in applying for item in book.after),
        outstanding=(
            *open_needs((*catalog.needs, *left), found.facts),
            *left_stopped(catalog.stopped, found.facts),
        ),
    )


def _examine(playbook: Playbook, found: Reading) -> tuple[PlaybookOnHost, tuple[CheckResult, ...]]:
    """Return the applicability of a playbook, with the before-checks where it is for the host."""
    on_host = applicability(playbook.name, playbook.applies, found.facts)
    if on_host.status != "applies":
        return on_host, ()
    for item in playbook.only_if:
        result = check(item, found[item.id])
        if result.ok is not True:
            return _not_for(on_host, result), ()
    results = tuple(check(item, found[item.id]) for item in playbook.before)
    with_backup = on_host.model_copy(update={"backup": playbook.backup})
    return _exclude_by_checks(with_backup, results), results


def _not_for(on_host: PlaybookOnHost, result: CheckResult) -> PlaybookOnHost:
    """Return a playbook as not applicable to a host without what it is for, or as unknown."""
    status = "unknown" if result.ok is None else "not_applicable"
    reason = f"{result.title}: {result.reason or result.found}"
    return on_host.model_copy(update={"status": status, "reason": reason})


def _exclude_by_checks(on_host: PlaybookOnHost, results: Iterable[CheckResult]) -> PlaybookOnHost:
    """Exclude a playbook by the first of its before-checks that has not passed."""
    for result in results:
        if result.ok is not True:
            why = result.reason or f"is {result.found}, must be {result.wanted}"
            return PlaybookOnHost(
                name=on_host.name, status="blocked", reason=f"{result.title}: {why}"
            )
    return on_host


def exclude_by_checks(
    playbooks: Iterable[PlaybookOnHost], before: Sequence[CheckResult]
) -> tuple[PlaybookOnHost, ...]:
    """Exclude the playbooks whose before-checks do not pass any more."""
    return tuple(
        _exclude_by_checks(item, [c for c in before if playbook_of(c.id) == item.name])
        if item.status == "applies"
        else item
        for item in playbooks
    )


def excluded_playbooks(playbooks: Iterable[PlaybookOnHost]) -> Mapping[str, str]:
    """Return the playbooks that must not be applied to this host, with the reason."""
    return {item.name: item.reason for item in playbooks if item.status != "applies"}


def unread(host: Host, error: str, kind: str) -> HostPlan:
    """Return the plan of a host that could not be read."""
    return HostPlan(
        host=host.name,
        address=host.address,
        groups=host.groups,
        error=error,
        error_kind=kind,
        warnings=warnings(host),
    )


def warnings(host: Host) -> tuple[str, ...]:
    """Return the protection of its connection that the inventory turns off."""
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
