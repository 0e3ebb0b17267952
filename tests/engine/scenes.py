"""Parts of the scenes of tests: hosts, outsiders, and hosts that answer oddly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

import aovpn_remediate as aovpn
from aovpn_remediate.lab.backend import Output
from aovpn_remediate.lab.windows import SimulatedWindows
from aovpn_remediate.lab.windows.model import HostSeed, ServiceSeed
from aovpn_remediate.lab.windows.registry import Value

from .conftest import Site, dword

KEY = r"HKLM\SOFTWARE\Test"
NO_PERMIT = aovpn.Restart()
SERVICES_ONLY = aovpn.Restart(services=("any",))
IMPATIENT = aovpn.Options(patience=aovpn.Patience(settle=0.8, reboot=1.2, poll=0.01, stable=0.01))
"""For what never comes to be well."""


def host(**parts: Any) -> HostSeed:
    """A host with one empty key, unless it is told otherwise."""
    return HostSeed.model_validate({"name": "HOST", "registry": {KEY: {}}, **parts})


def service(**parts: Any) -> ServiceSeed:
    """A service that runs by itself, alone in its process."""
    return ServiceSeed.model_validate(parts)


def services(*names: str, **parts: Any) -> dict[str, ServiceSeed]:
    """Services that are all alike."""
    return {name: service(**parts) for name in names}


def dwords(*names: str) -> list[dict[str, Any]]:
    """Steps of one kind, that make values 1."""
    return [dword(KEY, name, 1) for name in names]


def needing(then: str | Sequence[str], name: str) -> dict[str, Any]:
    """A step with what its change needs: `reboot`, or names of services."""
    return {**dword(KEY, name, 1), "then": then if then == "reboot" else {"restart": list(then)}}


def running(name: str) -> dict[str, Any]:
    """A check that a service runs."""
    return {"service": {"name": name, "status": "running"}}


def value(site: Site, name: str, *, key: str = KEY, on: str = "") -> Value | None:
    """A value as it is on the host now."""
    found: Value | None = site.state(on).registry.get(key, name)
    return found


def sets(site: Site, name: str, data: int, *, on: str = "") -> Callable[[], None]:
    """An outsider who sets a dword."""
    return lambda: site.state(on).registry.set(KEY, name, Value("DWord", data))


def does(site: Site, *, on: str = "", **quirks: Any) -> Callable[[], None]:
    """An outsider who changes how the host behaves."""

    def act() -> None:
        for name, setting in quirks.items():
            setattr(site.state(on).quirks, name, setting)

    return act


def before(site: Site, pipeline: int, act: Callable[[], object], *, on: str = "") -> None:
    """Let an outsider act before the next such pipeline of a host: 1 is the one to come."""
    address = site.address(on)
    number = site.meddling.pipelines.get(address, 0) + pipeline
    site.meddling.before[address, number] = act  # type: ignore[assignment]


@dataclass
class Altered:
    """The hosts of a site, but what they are sent is kept and what they answer is altered."""

    windows: SimulatedWindows
    alter: Callable[[str], str] = str
    """The text of an output, as it is sent in its place."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """By the last line of a script: what is answered to it, in the place of the host."""
    scripts: list[str] = field(default_factory=list)

    def run(self, host: str, script: str, session: dict[str, Any]) -> Iterator[Output]:
        """See `Engine.run`."""
        self.scripts.append(script)
        answer = self.answers.get(script.rstrip().rpartition("\n")[2])
        if answer is not None:
            yield Output(answer)
            return
        for output in self.windows.run(host, script, session):
            yield replace(output, text=self.alter(output.text))

    def up(self, host: str) -> bool:
        """See `Engine.up`."""
        return self.windows.up(host)

    def may_log_on(self, host: str, user: str) -> bool:
        """See `Engine.may_log_on`."""
        return self.windows.may_log_on(host, user)


def altered(
    site: Site, alter: Callable[[str], str] = str, answers: Mapping[str, str] | None = None
) -> Altered:
    """Stand between the site and its hosts."""
    between = Altered(site.windows, alter, answers or {})
    site.meddling.windows = between  # type: ignore[assignment]
    return between


def applied(site: Site, plan: aovpn.Plan, **more: Any) -> tuple[aovpn.Run, dict[str, str]]:
    """The run of one host, and what became of its steps by their ids without the playbook."""
    run = site.apply(plan, **more)
    [host_run] = run.hosts
    return run, {step.id.partition("/")[2]: step.status for step in host_run.steps}


def apply_three(site: Site, **more: Any) -> aovpn.Run:
    """A run that sets the values a, b and c to 1."""
    return site.apply(site.plan(site.playbook(steps=[s | more for s in dwords("a", "b", "c")])))


def restarts(run: aovpn.Run, name: str = "") -> Mapping[str, str]:
    """Return the restarts of a host: of the first one, where no name is given."""
    [found] = [host for host in run.hosts if host.host == name] if name else run.hosts[:1]
    return {restart.what: restart.status for restart in found.restarts}


def outages(site: Site) -> list[tuple[str, str]]:
    """The outages in the order of time: the host, and `reboot` or a service."""
    names = {address: name for name, address in site.addresses.items()}
    return [(names[outage.address], outage.what) for outage in site.windows.history]


def ruled(site: Site, /, **rules: Mapping[str, Any]) -> Site:
    """With rules for groups in the inventory."""
    inventory = yaml.safe_load(site.inventory.read_text())
    for group, said in rules.items():
        inventory["groups"][group].update(said)
    site.inventory.write_text(yaml.safe_dump(inventory))
    return site
