"""The results of a verb: pure data, the same in a plan file, the journal and a report.

A plan file is JSON with a schema version, complete in itself, without secrets. `apply` and
`rollback` return a `Run`. Times are ISO 8601 in UTC; host times are the host's own.
"""

from __future__ import annotations

from aovpn_remediate.resources.restart import REBOOT, Restart
from aovpn_remediate.results.backups import BackupFile, BackupRun, MissingPart
from aovpn_remediate.results.common import (
    SCHEMA_VERSION,
    Action,
    CheckResult,
    Data,
    Facts,
    InventorySource,
    PlaybookOnHost,
    PlaybookSource,
    ServiceFact,
)
from aovpn_remediate.results.confirmations import Confirmation, Confirmations, HostConfirmation
from aovpn_remediate.results.plans import (
    Assessment,
    Audit,
    HostPlan,
    Outstanding,
    Plan,
    PlannedStep,
    Preview,
    Verification,
)
from aovpn_remediate.results.runs import (
    FAILED_STATUSES,
    HostRun,
    RestartRun,
    Run,
    StepRun,
    StepStatus,
)

__all__ = [
    "FAILED_STATUSES",
    "REBOOT",
    "SCHEMA_VERSION",
    "Action",
    "Assessment",
    "Audit",
    "BackupFile",
    "BackupRun",
    "CheckResult",
    "Confirmation",
    "Confirmations",
    "Data",
    "Facts",
    "HostConfirmation",
    "HostPlan",
    "HostRun",
    "InventorySource",
    "MissingPart",
    "Outstanding",
    "Plan",
    "PlannedStep",
    "PlaybookOnHost",
    "PlaybookSource",
    "Preview",
    "Restart",
    "RestartRun",
    "Run",
    "ServiceFact",
    "StepRun",
    "StepStatus",
    "Verification",
]
