r"""Seeds: the initial state of simulated hosts, written in YAML.

```yaml
127.1.0.1:
  name: NPS-01
  os: {name: Windows Server 2022 Standard, build: 20348, ubr: 3453}
  registry:
    'HKLM\SYSTEM\CurrentControlSet\Services\RasMan\PPP\EAP\13':
      IgnoreNoRevocationCheck: {dword: 0}
  services:
    IAS: {status: running, startup: automatic}
  answers:
    installed_program:
      - target: {Name: Connector}
        answer: {name: Connector, version: 6.2406.0.1001}
      - answer: null
  quirks: {does_not_hold: [IAS]}
```
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from aovpn_remediate.errors import InputError, Problem
from aovpn_remediate.lab.windows.registry import HIVES, Value, long_path

Startup = Literal["automatic", "automatic_delayed", "manual", "disabled"]


class Seed(BaseModel):
    """A part of a seed; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _bytes(text: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(text))


Bytes = Annotated[str, AfterValidator(_bytes)]
"""Bytes in hexadecimal: `'01 ff'`."""


class ValueSeed(Seed):
    """A registry value: one type with its data, such as `{dword: 1}`."""

    dword: int | None = Field(default=None, ge=0, lt=2**32)
    qword: int | None = Field(default=None, ge=0, lt=2**64)
    string: str | None = None
    expand_string: str | None = None
    multi_string: tuple[str, ...] | None = None
    binary: Bytes | None = None
    none: Bytes | None = None

    @model_validator(mode="after")
    def _one_type(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError(f"set exactly one of: {', '.join(_WINDOWS_TYPES)}")
        return self

    @property
    def value(self) -> Value:
        """The value as the simulated registry keeps it."""
        (kind,) = self.model_fields_set
        return Value(_WINDOWS_TYPES[kind], getattr(self, kind))


_WINDOWS_TYPES = {
    "dword": "DWord",
    "qword": "QWord",
    "string": "String",
    "expand_string": "ExpandString",
    "multi_string": "MultiString",
    "binary": "Binary",
    "none": "None",
}


def _hive(path: str) -> str:
    long = long_path(path)
    if long.partition("\\")[0] not in HIVES.values():
        raise ValueError(f"the key must begin with a hive ({', '.join(HIVES)})")
    return long


KeyPath = Annotated[str, AfterValidator(_hive)]
RegistrySeed = Mapping[KeyPath, Mapping[str, ValueSeed]]
"""Values by key and name; a key may be empty."""


class OsSeed(Seed):
    """The Windows edition and build, which the registry of the host repeats."""

    name: str = "Windows Server 2022 Standard"
    build: int = 20348
    ubr: int = 3453
    edition: str = "ServerStandard"
    product_type: Literal["WinNT", "ServerNT", "LanmanNT"] = "ServerNT"


class ServiceSeed(Seed):
    """A service. `alone` is true if its process hosts no other service."""

    status: Literal["running", "stopped", "paused"] = "running"
    startup: Startup = "automatic"
    display_name: str = ""
    account: str = "LocalSystem"
    path: str = ""
    """The path of its program."""
    alone: bool = True
    depends_on: tuple[str, ...] = ()


class AnswerSeed(Seed):
    """A recorded answer of a kind, or the error it threw.

    The answer applies to every target that has these parameters, among others.
    """

    target: Mapping[str, Any] = Field(default_factory=dict)
    answer: Any = None
    throws: str = ""


class EventSeed(Seed):
    """An event of a log. Its fields have names (`named`), or are known by position (`data`)."""

    log: str
    provider: str
    id: int = Field(ge=0, le=65535)
    seconds_ago: float = 60.0
    """Its age, by the clock of the host, when the lab is started."""
    data: tuple[str, ...] = ()
    named: Mapping[str, str] = Field(default_factory=dict)
    host: str = ""
    """The computer in it; empty: the name of the host."""


class LimitsSeed(Seed):
    """MaxWanEndpoints of each WAN miniport; None where it cannot be read."""

    ikev2: int | None = 128
    sstp: int | None = 128
    l2tp: int | None = 128
    gre: int | None = 128


class VpnSeed(Seed):
    """The RRAS configuration, in the form of an answer of `vpn_server_ports`."""

    ikev2: int = 128
    sstp: int = 128
    l2tp: int = 128
    gre: int = 128
    limits: LimitsSeed = LimitsSeed()
    policy: Mapping[str, str] = Field(default_factory=lambda: {"EncryptionType": "4"})


class RightPolicySeed(Seed):
    """The group policy that sets a user right: its name, and the accounts with the right."""

    name: str
    accounts: tuple[str, ...] = ()


class GroupPolicySeed(Seed):
    """Settings of group policy, which are applied again after each change and at each boot."""

    rights: Mapping[str, RightPolicySeed] = Field(default_factory=dict)
    registry: RegistrySeed = Field(default_factory=dict)
    unreadable: str | None = None
    """The reason why the resultant set of policy cannot be read, if it cannot."""


class Quirks(BaseModel):
    r"""Planned faults of a host; tests may change them while it runs.

    Fields that list settings name a registry value by key and name (`HKLM\X\Name`), a right or a
    service by its name, and any other setting by the values of its target, or else by its kind.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    does_not_hold: tuple[str, ...] = ()
    """Settings whose Set succeeds but changes nothing."""
    half_done: tuple[str, ...] = ()
    """Settings whose Set throws after half of its actions, or after the only one."""
    dies_after: int | None = Field(default=None, ge=1)
    """The Set of a pipeline, from 1, after which the connection is lost: done but unreported."""
    slow: float = 0.0
    """Delay in seconds before each record of a Set."""
    unreadable: Mapping[str, str] = Field(default_factory=dict)
    """Error messages of Get, by kind or fact."""
    unreadable_logs: Mapping[str, str] = Field(default_factory=dict)
    """Error messages of logs, by the name of the log."""
    disturbs: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    """Fields of an answer that a Set changes beyond what it is told to, by kind."""
    language_mode: Literal["FullLanguage", "ConstrainedLanguage"] = "FullLanguage"
    refuses_restart: tuple[str, ...] = ()
    """Services that a restart stops but fails to start again."""
    refuses_start: tuple[str, ...] = ()
    """Services that never start, not even at boot."""
    starts_late: Mapping[str, float] = Field(default_factory=dict)
    """Seconds for which services are still starting after a boot."""
    restart_seconds: float = 0.05
    """Time for which a restart takes a service down."""
    reboot_seconds: float = 0.2
    never_returns: bool = False
    """True if the host never comes back from a reboot."""
    cuts_off: tuple[str, ...] = ()
    """Settings whose Set disconnects the host from the network; the next Set reconnects it."""
    refuses_tasks: str = ""
    """The error of Windows when a scheduled task is registered, if not empty."""
    disables_tasks: bool = False
    """True if a registered task reads back as disabled."""
    rollback_result: int = 0
    """The result of the task of an automatic rollback that fails before it begins, if not 0."""
    refuses_backup: str = ""
    """The error of Windows when a backup is taken, if not empty."""
    breaks_backup: bool = False
    """True if a piece of a backup is lost on its way."""
    foreign_folder: bool = False
    """True if others than administrators have access to the folder of automatic rollbacks."""


class HostSeed(Seed):
    """The initial state of a host."""

    name: str
    """The computer name."""
    engine: Literal["5.1", "7"] = "5.1"
    """The PowerShell version that answers; the two versions print JSON differently."""
    os: OsSeed = OsSeed()
    machine_guid: str = ""
    """Empty: one of its own."""
    domain: str | None = None
    administrator: bool = True
    """True if the user who logs on is an administrator."""
    hours_up: float = 720.0
    seconds_ahead: float = 0.0
    """The lead of its clock."""
    registry: RegistrySeed = Field(default_factory=dict)
    services: Mapping[str, ServiceSeed] = Field(default_factory=dict)
    accounts: Mapping[str, str] = Field(default_factory=dict)
    """SIDs of the accounts that the host knows, by name."""
    rights: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """SIDs of the holders of each user right."""
    updates: tuple[str, ...] = ()
    """KBs of installed updates, which a host tells where hotpatching is set up."""
    answers: Mapping[str, tuple[AnswerSeed, ...]] = Field(default_factory=dict)
    """Recorded answers of kinds without a field here; the first that matches a target applies."""
    events: tuple[EventSeed, ...] = ()
    """The events of its logs, for `diagnose`; a log that is not of every Windows is there with one.

    The kind `event` has recorded answers.
    """
    vpn: VpnSeed | Literal["not configured"] | None = None
    """None if the RemoteAccess cmdlets are not installed."""
    sessions: int = 0
    """Number of connected VPN users."""
    group_policy: GroupPolicySeed = GroupPolicySeed()
    quirks: Quirks = Field(default_factory=Quirks)
    down: bool = False
    refuse_users: tuple[str, ...] = ()
    """Users who are not allowed to log on."""


_HOSTS: TypeAdapter[dict[str, HostSeed]] = TypeAdapter(dict[str, HostSeed])


def load_seed(path: Path) -> dict[str, HostSeed]:
    """Read the hosts of a YAML file, by address. Raises `InputError`."""
    try:
        return _HOSTS.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Problem(path, 0, 0, "", f"cannot be read: {error}")) from error
    except yaml.YAMLError as error:
        raise InputError(Problem(path, 0, 0, "", f"is not YAML: {error}")) from error
    except ValidationError as error:
        raise InputError(
            *(
                Problem(path, 0, 0, ".".join(map(str, found["loc"])), found["msg"])
                for found in error.errors()
            )
        ) from error
