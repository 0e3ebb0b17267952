"""Results of plans and runs: pure data, the same in a plan file, the journal and a report.

A plan is a JSON file with a schema version that stands alone; it holds no secret. A `Run`
is the result of `apply` and `rollback`. Times are ISO 8601 in UTC; host times are the host's own.
"""

from __future__ import annotations

from aovpn_remediate.resources.restart import Restart
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
    Comparison,
    HostPlan,
    Outstanding,
    Plan,
    PlannedStep,
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
    "SCHEMA_VERSION",
    "Action",
    "CheckResult",
    "Comparison",
    "Confirmation",
    "Confirmations",
    "Data",
    "Facts",
    "HostConfirmation",
    "HostPlan",
    "HostRun",
    "InventorySource",
    "Outstanding",
    "Plan",
    "PlannedStep",
    "PlaybookOnHost",
    "PlaybookSource",
    "Restart",
    "RestartRun",
    "Run",
    "ServiceFact",
    "StepRun",
    "StepStatus",
    "Verification",
]
