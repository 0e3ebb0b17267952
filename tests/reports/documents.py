"""Documents to report: a fleet with one of everything."""

from __future__ import annotations

from typing import Any

from aovpn_remediate.results import HostPlan, HostRun, Plan, Run, Verification

EAP = r"HKLM\SYSTEM\CurrentControlSet\Services\RasMan\PPP\EAP\13  IgnoreNoRevocationCheck"
FRAGMENTATION = (
    r"HKLM\SYSTEM\CurrentControlSet\Services\RemoteAccess\Parameters\Ikev2"
    "  EnableServerFragmentation"
)
NPS = "nps-ignore-no-revocation-check"
RRAS = "rras-ikev2-fragmentation"
PORTS = "rras-port-counts"
SERVER_2022 = {"os_name": "Windows Server 2022", "os_build": 20348, "os_ubr": 3453}
SERVER_2019 = {"os_name": "Windows Server 2019", "os_build": 17763, "os_ubr": 7136}
INVENTORY = {"path": "fleet.yaml", "digest": "sha256:0"}


def step(name: str, **more: Any) -> dict[str, Any]:
    """Return a planned step of the registry, by default compliant."""
    before = {"before_text": "dword 1", "after_text": "dword 1"}
    return {"id": name, "title": EAP, "resource": {"registry_value": {}}, **before, **more}


def creating(name: str, **more: Any) -> dict[str, Any]:
    """Return a step that would create a value."""
    return step(name, action="create", before_text="absent", **more)


def check(name: str, *, ok: bool | None, **more: Any) -> dict[str, Any]:
    """Return a check of a service."""
    return {"id": name, "title": "service IAS", "resource": {"service": {}}, "ok": ok, **more}


def standing(name: str, status: str = "applies", reason: str = "") -> dict[str, Any]:
    """Return a playbook on a host."""
    return {"name": name, "status": status, "reason": reason}


def plan(*hosts: dict[str, Any], playbooks: tuple[str, ...] = (NPS,), **more: Any) -> Plan:
    """Return a plan of these hosts."""
    sources = [
        {"name": n, "path": f"{n}.yaml", "digest": "", "risk": "Users drop."} for n in playbooks
    ]
    return Plan.model_validate(
        {
            "made_at": "2026-11-21T02:00:00+00:00",
            "inventory": INVENTORY,
            "playbooks": sources,
            "hosts": [HostPlan.model_validate(host).model_dump() for host in hosts],
            **more,
        }
    )


def verification(*hosts: dict[str, Any], **more: Any) -> Verification:
    """Return a verification of these hosts."""
    made = {"made_at": "2026-11-21T02:00:00+00:00", "of": NPS}
    return Verification.model_validate({**made, "hosts": hosts, **more})


def run(*hosts: dict[str, Any], **more: Any) -> Run:
    """Return a run over these hosts."""
    return Run.model_validate(
        {
            "id": "20261121-020304-ab12",
            "action": "apply",
            "started": "2026-11-21T02:03:04.000+00:00",
            "finished": "2026-11-21T02:04:30+00:00",
            "operator": "anna@admin-01",
            "inventory": INVENTORY,
            "hosts": [HostRun.model_validate(host).model_dump() for host in hosts],
            **more,
        }
    )


def done(name: str, status: str, **more: Any) -> dict[str, Any]:
    """Return a step of a run."""
    texts = {"planned_text": "absent", "before_text": "absent", "goal_text": "dword 1"}
    common = {"id": name, "title": EAP, "resource": {"registry_value": {}}, "read": True}
    return {**common, "status": status, **texts, **more}


def the_plan_of_the_readme() -> Plan:
    """Return a plan with one host to change, one compliant, and one that could not be read."""
    return plan(
        {
            "host": "nps-01",
            "facts": SERVER_2022,
            "playbooks": [standing(NPS)],
            "steps": [creating(f"{NPS}/eap-13", then={"reboot": True})],
        },
        {
            "host": "nps-02",
            "facts": SERVER_2019,
            "playbooks": [standing(NPS)],
            "steps": [step(f"{NPS}/eap-13")],
        },
        {
            "host": "nps-03",
            "error": r"cannot log on as CORP\svc-vpn (negotiate): 401",
            "error_kind": "LogonFailed",
        },
    )


def a_plan_of_everything() -> Plan:
    """Return a plan with several playbooks and every state of a plan."""
    return plan(
        {
            "host": "rras-01",
            "facts": {**SERVER_2022, "sessions": 41, "pending_reboot": ["Windows Update"]},
            "warnings": ["the certificate of the host is not verified (verify: false)"],
            "playbooks": [standing(RRAS), standing(PORTS)],
            "steps": [
                creating(
                    f"{RRAS}/fragmentation",
                    title=FRAGMENTATION,
                    then={"services": ["RemoteAccess"]},
                ),
                step(
                    f"{PORTS}/ports",
                    title="VPN server ports",
                    action="update",
                    before_text="ikev2 64, sstp 64",
                    after_text="ikev2 128, sstp 128",
                    notes=["these are the configured counts; those in effect cannot be read"],
                    then={"reboot": True},
                ),
            ],
            "after": [
                check(
                    f"{RRAS}/after[0]",
                    ok=False,
                    title="service RemoteAccess",
                    found="stopped",
                    wanted="running",
                )
            ],
            "outstanding": [
                {
                    "need": "reboot",
                    "since": "2026-11-20T22:03:04.5678901Z",
                    "run": "20261120-220300-ab12",
                    "step": f"{PORTS}/ports",
                },
                {
                    "need": "RasMan",
                    "since": "2026-11-20T22:03:04Z",
                    "proven": False,
                    "run": "20261120-220300-ab12",
                    "step": f"{RRAS}/fragmentation",
                },
            ],
        },
        {
            "host": "rras-02",
            "facts": SERVER_2019,
            "playbooks": [
                standing(RRAS, "not_applicable", "build 14393 of Windows"),
                standing(PORTS, "unknown", "role rras: access denied"),
            ],
        },
        {
            "host": "nps-01",
            "facts": SERVER_2022,
            "playbooks": [standing(NPS)],
            "steps": [
                step(f"{NPS}/eap-13"),
                step(
                    f"{NPS}/eap-25",
                    action="manual",
                    before_text="absent (no key)",
                    reason="the key is missing and is not made: repair what it belongs to",
                ),
                step(f"{NPS}/eap-26", readable=False, reason="access to the key is denied"),
                step(f"{NPS}/eap-40", action="delete", after_text="absent"),
            ],
        },
        {
            "host": "nps-02",
            "facts": SERVER_2022,
            "playbooks": [standing(NPS, "blocked", "service IAS: is absent, must be present")],
            "before": [
                check(f"{NPS}/before[0]", ok=False, found="absent", wanted="present"),
                check(f"{NPS}/before[1]", ok=None, reason="access is denied"),
            ],
        },
        {
            "host": "nps-03",
            "error": "cannot connect to nps-03 port 5986: Connection refused",
            "error_kind": "Unreachable",
        },
        playbooks=(RRAS, PORTS, NPS),
    )


def a_run_of_everything() -> Run:
    """Return a run with every state of a step, a check and a restart."""
    return run(
        {
            "host": "rras-01",
            "facts": {**SERVER_2022, "sessions": 41},
            "playbooks": [standing(RRAS), standing(PORTS)],
            "steps": [
                done(f"{RRAS}/fragmentation", "changed", title=FRAGMENTATION, after_text="dword 1"),
                done(
                    f"{PORTS}/ports",
                    "not_held",
                    title="VPN server ports",
                    before_text="ikev2 64",
                    goal_text="ikev2 128",
                    after_text="ikev2 96",
                    message="it reads back as something else",
                ),
            ],
            "after": [
                check(
                    f"{RRAS}/after[0]",
                    ok=True,
                    title="service RemoteAccess",
                    found="running",
                    wanted="running",
                ),
                check(
                    f"{PORTS}/after[0]",
                    ok=None,
                    title="service RemoteAccess",
                    reason="not yet: reboot is pending",
                ),
            ],
            "restarts": [
                {"what": "RemoteAccess", "status": "done", "seconds": 3.2, "sessions": 41},
                {
                    "what": "IAS",
                    "status": "failed",
                    "seconds": 120,
                    "message": "it does not run any more: no reason was given",
                },
                {"what": "RasMan", "status": "unproven"},
                {"what": "reboot", "status": "outstanding"},
                {
                    "what": "PkcsCreateLegacyConnectorSvc",
                    "status": "not_needed",
                    "message": "it does not run: it reads its settings when it is started",
                },
            ],
        },
        {
            "host": "nps-01",
            "facts": SERVER_2022,
            "playbooks": [standing(NPS)],
            "steps": [
                done(f"{NPS}/eap-13", "unchanged", before_text="dword 1"),
                done(
                    f"{NPS}/eap-25",
                    "stale",
                    before_text="dword 0",
                    message="the host is neither as the plan saw it nor compliant: plan again",
                ),
                done(f"{NPS}/eap-26", "failed", message="access to the key is denied (line 12)"),
                done(f"{NPS}/eap-40", "skipped", message="an earlier step on this host failed"),
                done(
                    f"{NPS}/eap-41", "unknown", message="it was sent, and the host sent no record"
                ),
                done(
                    f"{NPS}/eap-42",
                    "unreadable",
                    message="access is denied",
                    read=False,
                    before_text="",
                    planned_text="",
                ),
                done(f"{NPS}/eap-43", "manual", message="repair what it belongs to"),
                done(f"{NPS}/eap-44", "not_done"),
            ],
            "after": [check(f"{NPS}/after[0]", ok=False, found="stopped", wanted="running")],
        },
        {
            "host": "nps-02",
            "facts": SERVER_2019,
            "playbooks": [standing(NPS)],
            "steps": [done(f"{NPS}/eap-13", "changed", after_text="dword 1")],
            "restarts": [{"what": "reboot", "status": "done", "seconds": 95.4}],
        },
        {
            "host": "nps-03",
            "error": "cannot connect to nps-03 port 5986: Connection refused",
            "error_kind": "Unreachable",
            "steps": [done(f"{NPS}/eap-13", "not_done")],
        },
    )
