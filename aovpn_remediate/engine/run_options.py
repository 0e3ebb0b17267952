"""The options of a run, each declared once: its name, type, smallest value and default.

The options of the command line, the engine's `Options`, the options that a run records in the
journal and the options that `resume` restores are all made from this declaration. The help of the
command line loads this module, so nothing heavy is imported here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# pydantic checks a field of a dataclass by its metadata.
_ONE_OR_MORE = {"ge": 1}
_NONE_OR_MORE = {"ge": 0}
_SECONDS = {"ge": 0, "allow_inf_nan": False}
_SOME_SECONDS = {"gt": 0, "allow_inf_nan": False}


@dataclass(frozen=True)
class RunOptions:
    """The options of a run by the names of the command line; times are in seconds.

    Their order is the order in which a run records them and reports list them.
    """

    workers: int = field(default=32, metadata=_ONE_OR_MORE)
    """The number of hosts that are worked on at once."""
    restarts_at_once: int = field(default=1, metadata=_ONE_OR_MORE)
    """The number of hosts that restart at once, in each group."""
    max_failures: str = ""
    """A number or a percentage of hosts; empty: no limit, and in batches no failure at all."""
    serial: str = ""
    """The sizes of the batches, such as `1,10%,100%`; empty: all hosts at once."""
    pause_after_canary: bool = False
    skip: tuple[str, ...] = ()
    """Patterns of the hosts that are left out."""
    max_sessions: int | None = field(default=None, metadata=_NONE_OR_MORE)
    """The number of VPN sessions that a restart may disconnect; None: any number."""
    force_restart: bool = False
    """True if a restart is done after `drain_timeout` however many users are connected."""
    confirm_high_impact: bool = False
    """True if changes that concern more than their host may be set."""
    override_window: str = ""
    """The reason to change hosts outside their change windows."""
    confirm_within: float | None = field(default=None, metadata=_SOME_SECONDS)
    """The time after which an unconfirmed host rolls back; None: as the playbooks say."""
    self_confirm: bool = False
    """True if the run itself confirms each host that is healthy at the end."""
    no_backup: bool = False
    """True if no backup is taken of a host before it is changed."""
    backup_dir: str = ""
    """The folder of backups; empty: that of the journal."""
    drain_timeout: float = field(default=1800.0, metadata=_SECONDS)
    """The longest wait for VPN users to disconnect before a restart."""
    settle_timeout: float = field(default=120.0, metadata=_SECONDS)
    """The longest wait for services and after-checks, from when the host answers."""
    stable_for: float = field(default=5.0, metadata=_SECONDS)
    """The time after a restart for which services have to keep running."""
    reboot_timeout: float = field(default=1200.0, metadata=_SECONDS)
    """The longest wait for a host to come back after a reboot."""
    poll: float = field(default=5.0, metadata=_SECONDS)
    """The interval between two reads of a host that is to come back."""
