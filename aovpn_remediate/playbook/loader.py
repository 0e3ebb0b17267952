"""The reader of playbooks; it reports every problem at once, before any connection."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aovpn_remediate.assets import asset_dir
from aovpn_remediate.errors import UsageError
from aovpn_remediate.playbook.explain import check
from aovpn_remediate.playbook.model import Check, Playbook, Step
from aovpn_remediate.playbook.schema import Header
from aovpn_remediate.playbook.settings import Kinds, Setting, StepTemplate, read_setting, read_step
from aovpn_remediate.playbook.source import Source, load
from aovpn_remediate.playbook.values import without_expressions
from aovpn_remediate.playbook.variables import wrong_name
from aovpn_remediate.playbook.words import Finding, describe, did_you_mean, quote
from aovpn_remediate.resources import KINDS
from aovpn_remediate.resources.restart import NOTHING, Restart
from aovpn_remediate.resources.roles import ROLES


@dataclass(frozen=True)
class PlaybookFile:
    """A playbook file, checked in everything that does not depend on variables."""

    source: Source = field(repr=False)
    header: Header
    only_if: tuple[Setting, ...]
    before: tuple[Setting, ...]
    steps: tuple[StepTemplate, ...]
    after: tuple[Setting, ...]

    @property
    def name(self) -> str:
        """The name of the playbook."""
        return self.header.name

    @property
    def hosts(self) -> str:
        """The pattern of the hosts that the playbook is meant for."""
        return self.header.hosts

    @property
    def role(self) -> str | None:
        """The role of the hosts that it is for; it may be for what comes before that role."""
        return self.header.applies.role or (self.hosts if self.hosts in ROLES else None)

    @property
    def restarts(self) -> str:
        """What its changes need, in words, or its kinds may need beyond it; empty for nothing."""
        needs, may_reboot = NOTHING, False
        for step in self.steps:
            kind = step.setting.kind
            needs |= step.header.restart | Restart(services=kind.may_restart)
            may_reboot |= kind.may_reboot
        if needs.reboot:
            return "reboot"
        words = [f"restart of {needs.in_words}"] if needs else []
        return ", or ".join([*words, *(["reboot"] if may_reboot else [])])

    @property
    def high_impact(self) -> str:
        """What its changes concern beyond a host; empty for nothing."""
        kinds = (step.setting.kind.high_impact for step in self.steps)
        return self.header.high_impact or next(filter(None, kinds), "")

    @property
    def vars(self) -> Mapping[str, Any]:
        """The variables that the playbook sets."""
        return self.header.vars

    def needs(self) -> frozenset[str]:
        """Return the variables that the inventory or `-e` has to set."""
        settings = [setting.needs() for setting in (*self.only_if, *self.before, *self.after)]
        steps = [step.needs() for step in self.steps]
        return frozenset[str]().union(*settings, *steps) - set(self.vars)

    def resolve(self, variables: Mapping[str, Any]) -> Playbook:
        """Resolve every expression with a set of variables, which win over the playbook's own.

        Raises `PlaybookError`.
        """
        variables = {**self.vars, **variables}
        findings: list[Finding] = []
        playbook = Playbook(
            name=self.name,
            summary=self.header.summary,
            hosts=self.hosts,
            steps=tuple(self._steps(variables, findings)),
            source=self.header.source,
            risk=self.header.risk,
            symptoms=self.header.symptoms,
            applies=self.header.applies,
            only_if=tuple(self._checks("only_if", self.only_if, variables, findings)),
            before=tuple(self._checks("before", self.before, variables, findings)),
            after=tuple(self._checks("after", self.after, variables, findings)),
            backup=None if self.steps else self.header.backup,
            digest=self.source.digest,
        )
        if findings:
            raise self.source.refusal(findings)
        return playbook

    def _steps(self, variables: Mapping[str, Any], findings: list[Finding]) -> Iterator[Step]:
        seen: set[str] = set()
        for template in self.steps:
            for name, own in template.expand(variables, findings):
                if name in seen:
                    findings.append(((*template.place, "id"), f"the id {name} is used twice"))
                seen.add(name)
                if resource := template.setting.resource(own, findings):
                    header = template.header
                    yield Step(
                        f"{self.name}/{name}",
                        resource,
                        header.restart,
                        backup=self.header.backup or resource.backup,
                        manual=header.manual or "",
                        high_impact=self.header.high_impact or resource.high_impact,
                    )

    def _checks(
        self,
        part: str,
        settings: tuple[Setting, ...],
        variables: Mapping[str, Any],
        findings: list[Finding],
    ) -> Iterator[Check]:
        for position, setting in enumerate(settings):
            if resource := setting.resource(variables, findings):
                yield Check(f"{self.name}/{part}[{position}]", resource)


def load_playbook(path_or_name: str | Path, kinds: Kinds = KINDS) -> PlaybookFile:
    """Read a playbook from a file, or a shipped one by its bare name.

    Raises `PlaybookError` with all problems, `UsageError` for a name that is not shipped.
    """
    source = load(_path(path_or_name))
    if not isinstance(source.value, dict):
        what = f"a playbook should be a mapping, but is {describe(source.value)}"
        raise source.refusal([((), what)])
    findings: list[Finding] = []
    header, wrong = check(Header, source.value)
    findings += wrong
    checks, steps = _read_parts(source.value, kinds, findings)
    _read_rest(source.value, findings)
    if not {"steps", "backup"} & source.value.keys():
        findings.append((("steps",), "is missing"))
    if header is None or findings:
        raise source.refusal(findings)
    return PlaybookFile(source, header, steps=steps, **checks)


def shipped_playbooks() -> list[str]:
    """Return the names of the shipped playbooks."""
    return sorted(path.stem for path in asset_dir("playbooks").glob("*.yaml"))


def _path(path_or_name: str | Path) -> Path:
    text = str(path_or_name)
    if isinstance(path_or_name, Path) or re.search(r"[/\\]|\.ya?ml$", text):
        return Path(path_or_name)
    shipped = shipped_playbooks()
    if text not in shipped:
        near = did_you_mean(text, shipped) or f" (shipped: {', '.join(shipped)})"
        hint = "the path of a file contains a / or ends in .yaml"
        raise UsageError(f"there is no shipped playbook {quote(text)}{near}; {hint}")
    return asset_dir("playbooks") / f"{text}.yaml"


_CHECKS = ("only_if", "before", "after")


def _read_parts(
    value: dict[str, Any], kinds: Kinds, findings: list[Finding]
) -> tuple[dict[str, tuple[Setting, ...]], tuple[StepTemplate, ...]]:
    """Return the checks by their part, and the steps."""
    checks = {
        part: [read_setting(f, (part, n), kinds, findings) for n, f in _items(value, part)]
        for part in _CHECKS
    }
    steps = [read_step(f, ("steps", n), kinds, findings) for n, f in _items(value, "steps")]
    _refuse_doubles(value, findings)
    return {part: tuple(filter(None, found)) for part, found in checks.items()}, tuple(
        filter(None, steps)
    )


def _items(value: dict[str, Any], name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the mappings of a list; the check of the header reports other items."""
    part = value.get(name)
    for position, item in enumerate(part if isinstance(part, list) else []):
        if isinstance(item, dict):
            yield position, item


def _refuse_doubles(value: dict[str, Any], findings: list[Finding]) -> None:
    seen: set[str] = set()
    for position, step in _items(value, "steps"):
        if isinstance(name := step.get("id"), str):
            if name in seen:
                findings.append((("steps", position, "id"), f"the id {name} is used twice"))
            seen.add(name)


def _read_rest(value: dict[str, Any], findings: list[Finding]) -> None:
    for name, part in value.items():
        if name not in (*_CHECKS, "steps"):
            without_expressions(part, (name,), findings)
    if isinstance(variables := value.get("vars"), dict):
        findings += [(("vars", name), wrong) for name in variables if (wrong := wrong_name(name))]
