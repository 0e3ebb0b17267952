r"""What a simulated host is at first, as a person writes it in YAML.

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
    """Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _bytes(text: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(text))


Bytes = Annotated[str, AfterValidator(_bytes)]
"""Bytes in hexadecimal: `'01 ff'`."""


class ValueSeed(Seed):
    """A value of the registry: one type with its data, `{dword: 1}`."""

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
            raise ValueError(f"give one of: {', '.join(_WINDOWS_TYPES)}")
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
        raise ValueError(f"should begin with a hive ({', '.join(HIVES)})")
    return long


KeyPath = Annotated[str, AfterValidator(_hive)]
RegistrySeed = Mapping[KeyPath, Mapping[str, ValueSeed]]
"""Keys to their values by name; a key may be empty."""


class OsSeed(Seed):
    """Which Windows it is; the registry says the same."""

    name: str = "Windows Server 2022 Standard"
    build: int = 20348
    ubr: int = 3453
    edition: str = "ServerStandard"
    product_type: Literal["WinNT", "ServerNT", "LanmanNT"] = "ServerNT"


class ServiceSeed(Seed):
    """A service. `alone`: whether its process hosts nothing else."""

    status: Literal["running", "stopped"] = "running"
    startup: Startup = "automatic"
    account: str = "LocalSystem"
    alone: bool = True
    depends_on: tuple[str, ...] = ()


class AnswerSeed(Seed):
    """What a kind was recorded to answer, or what it threw.

    It is the answer to every target that has these parameters, whatever others it has.
    """

    target: Mapping[str, Any] = Field(default_factory=dict)
    answer: Any = None
    throws: str = ""


class LimitsSeed(Seed):
    """MaxWanEndpoints of each miniport; None where it cannot be read."""

    ikev2: int | None = 128
    sstp: int | None = 128
    l2tp: int | None = 128
    gre: int | None = 128


class VpnSeed(Seed):
    """RRAS, as `vpn_server_ports` answers."""

    ikev2: int = 128
    sstp: int = 128
    l2tp: int = 128
    gre: int = 128
    limits: LimitsSeed = LimitsSeed()
    policy: Mapping[str, str] = Field(default_factory=lambda: {"EncryptionType": "4"})


class RightPolicySeed(Seed):
    """The group policy that decides a right: its name, and the accounts that it gives it to."""

    name: str
    accounts: tuple[str, ...] = ()


class GroupPolicySeed(Seed):
    """What group policy decides. It takes back what was set, at once and at each boot."""

    rights: Mapping[str, RightPolicySeed] = Field(default_factory=dict)
    registry: RegistrySeed = Field(default_factory=dict)
    unreadable: str | None = None
    """Why the resulting set of policy cannot be read."""


class Quirks(BaseModel):
    r"""Faults by plan; tests may change them while the host runs.

    A thing is named by a registry key and value name (`HKLM\X\Name`), a right or a service; of
    another kind by the values of its target, or by its kind where that has none.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    does_not_hold: tuple[str, ...] = ()
    """Set says nothing and changes nothing."""
    half_done: tuple[str, ...] = ()
    """Set throws after half of its work, or all where it is only one act."""
    dies_after: int | None = Field(default=None, ge=1)
    """The connection is lost in this set of a pipeline: the work is done, its record never sent."""
    slow: float = 0.0
    """Seconds before each record of a set."""
    unreadable: Mapping[str, str] = Field(default_factory=dict)
    """A kind or a fact, and what Get throws."""
    disturbs: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    """A kind, and what of its answer a Set changes that it was not told to change."""
    language_mode: Literal["FullLanguage", "ConstrainedLanguage"] = "FullLanguage"
    refuses_restart: tuple[str, ...] = ()
    """Services that stop for a restart and do not start again in it."""
    refuses_start: tuple[str, ...] = ()
    """Services that never start, at boot neither."""
    starts_late: Mapping[str, float] = Field(default_factory=dict)
    """Services that are still starting for these seconds after a boot."""
    restart_seconds: float = 0.05
    """How long a service is down for a restart."""
    reboot_seconds: float = 0.2
    never_returns: bool = False
    """A reboot is the last that is heard of the host."""
    cuts_off: tuple[str, ...] = ()
    """A set of one cuts the host, alive as it is, off the network; the next set of it ends that."""
    refuses_tasks: str = ""
    """What Windows says when a scheduled task is registered."""
    disables_tasks: bool = False
    """A task that is registered reads back as disabled."""
    foreign_folder: bool = False
    """Somebody else has prepared the folder that the way back is put into."""


class HostSeed(Seed):
    """A host at first."""

    name: str
    """The name of the computer, as it calls itself."""
    engine: Literal["5.1", "7"] = "5.1"
    """Which PowerShell answers: the two print JSON differently."""
    os: OsSeed = OsSeed()
    domain: str | None = None
    administrator: bool = True
    """Whether who logs on is one."""
    hours_up: float = 720.0
    registry: RegistrySeed = Field(default_factory=dict)
    services: Mapping[str, ServiceSeed] = Field(default_factory=dict)
    accounts: Mapping[str, str] = Field(default_factory=dict)
    """Names that the host knows, with their SIDs."""
    rights: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """Rights, with the SIDs that hold them."""
    answers: Mapping[str, tuple[AnswerSeed, ...]] = Field(default_factory=dict)
    """Of the kinds that have no field here, by kind; the first that fits a target answers."""
    vpn: VpnSeed | Literal["not configured"] | None = None
    """None where the cmdlets of RRAS are not installed."""
    sessions: int = 0
    """VPN users connected."""
    group_policy: GroupPolicySeed = GroupPolicySeed()
    quirks: Quirks = Field(default_factory=Quirks)
    down: bool = False
    refuse_users: tuple[str, ...] = ()
    """Users who may not log on."""


_HOSTS: TypeAdapter[dict[str, HostSeed]] = TypeAdapter(dict[str, HostSeed])


def load_seed(path: Path) -> dict[str, HostSeed]:
    """The hosts of a YAML file, by address. Raises `InputError`."""
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
