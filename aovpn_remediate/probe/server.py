"""A probe of VPN servers: names to addresses, each address looked at at once, then judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from aovpn_remediate.probe.findings import findings_of, unread_of
from aovpn_remediate.probe.ike.look import look_at_ike
from aovpn_remediate.probe.names import NoAddress, addresses_of, is_address
from aovpn_remediate.probe.parallel import at_once, both, in_time
from aovpn_remediate.probe.tls.contexts import careful
from aovpn_remediate.probe.tls.look import TlsTarget, look_at_tls
from aovpn_remediate.results.probes import (
    AddressProbe,
    NameProbe,
    ProbeReport,
)

_LONGEST_LOOKUP = 20.0


@dataclass(frozen=True)
class ProbeSettings:
    """The ports, the time, and the trust of a probe."""

    server_name: str | None = None
    """The name that the certificate is to have, instead of the one that was resolved."""
    tls_port: int = 443
    ike_port: int = 500
    nat_port: int = 4500
    timeout: float = 5.0
    """The longest wait for each step, in seconds."""
    ca_file: str | None = None
    """Authorities to trust beside those of the system."""


def probe_servers(
    names: Sequence[str],
    settings: ProbeSettings,
    *,
    made_by: str,
    made_at: str,
    resolve: Callable[[str], tuple[str, ...]] = addresses_of,
) -> ProbeReport:
    """Look up all names, and look at all their addresses at once.

    The names are as `server_name` returns them; `resolve` raises `NoAddress` for one that has
    none. Raises `UsageError`.
    """
    careful(settings.ca_file)  # a file that cannot be used is refused before anything is sent
    unique = tuple(dict.fromkeys(names))
    looked_up = _look_up(unique, resolve)
    wanted = _names_by_address(looked_up, settings.server_name)
    found = at_once([partial(_look, *one, settings) for one in wanted.items()])
    report = ProbeReport(
        made_by=made_by,
        made_at=made_at,
        names=looked_up,
        addresses=tuple(found),
    )
    return report.model_copy(
        update={"findings": tuple(findings_of(report)), "unread": tuple(unread_of(report))}
    )


def _look_up(
    names: Sequence[str], resolve: Callable[[str], tuple[str, ...]]
) -> tuple[NameProbe, ...]:
    def look_up(name: str) -> NameProbe:
        try:
            return NameProbe(name=name, addresses=resolve(name))
        except NoAddress as error:
            return NameProbe(name=name, reason=str(error))

    found = in_time([partial(look_up, name) for name in names], _LONGEST_LOOKUP)
    late = f"DNS did not answer within {_LONGEST_LOOKUP:g} s"
    return tuple(
        found.get(place, NameProbe(name=name, reason=late)) for place, name in enumerate(names)
    )


def _names_by_address(
    looked_up: Iterable[NameProbe], server_name: str | None
) -> Mapping[str, tuple[str, ...]]:
    """Return each address once, with the names that its certificate is to have."""
    found: dict[str, tuple[str, ...]] = {}
    for one in looked_up:
        own = () if is_address(one.name) else (one.name,)
        names = own if server_name is None else (server_name,)
        for address in one.addresses:
            found[address] = tuple(dict.fromkeys((*found.get(address, ()), *names)))
    return found


def _look(address: str, names: tuple[str, ...], settings: ProbeSettings) -> AddressProbe:
    host = names[0] if names else address
    target = TlsTarget(address, settings.tls_port, host, settings.timeout)
    tls, ike = both(
        lambda: look_at_tls(target, settings.ca_file),
        lambda: look_at_ike(
            address,
            ike_port=settings.ike_port,
            nat_port=settings.nat_port,
            seconds=settings.timeout,
        ),
    )
    return AddressProbe(address=address, names=names, tls=tls, ike=ike)
