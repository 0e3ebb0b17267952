"""The shipped playbooks."""

from __future__ import annotations

from pathlib import Path

import pytest

from aovpn_remediate.errors import PlaybookError
from aovpn_remediate.playbook.loader import load_playbook, shipped_playbooks
from aovpn_remediate.playbook.model import Playbook
from aovpn_remediate.resources.directory_certificate import DirectoryCertificate
from aovpn_remediate.resources.registry_value import RegistryValue
from aovpn_remediate.resources.restart import Restart
from aovpn_remediate.resources.user_right import UserRight
from aovpn_remediate.resources.vpn_server_ports import VpnServerPorts

_ROOT = Path(__file__).parents[1] / "resources" / "directory_certificate" / "example.cer"
NEEDED = {
    "ad-publish-entra-vpn-root": {
        "certificate": str(_ROOT),
        "thumbprint": DirectoryCertificate.example["thumbprint"],
    },
    "client-entra-ca-profile": {"vpn_user_connection": "Always On VPN"},
    "client-machine-eku": {
        "vpn_connection": "Always On VPN",
        "machine_ekus": ["1.3.6.1.5.5.7.3.2"],
    },
    "client-nps-name-case": {
        "vpn_connection": "Always On VPN",
        "nps_names": ["nps01.corp.example"],
    },
    "client-route-prefix": {"vpn_connection": "Always On VPN"},
    "client-autotrigger-list": {"vpn_connection": "Always On VPN"},
    "client-rasphone": {"vpn_connection": "Always On VPN"},
    "connector-logon-as-service": {"connector_account": r"CORP\svc"},
    "nps-allowed-certificate-oid": {"vpn_policy": "VPN users"},
}
"""The variables without a default."""


def resolved(name: str, **variables: object) -> Playbook:
    return load_playbook(name).resolve({**NEEDED.get(name, {}), **variables})


def test_these_are_shipped() -> None:
    assert shipped_playbooks() == [
        "ad-publish-entra-vpn-root",
        "client-autotrigger-list",
        "client-device-tunnel-eligibility",
        "client-entra-ca-profile",
        "client-machine-eku",
        "client-nps-name-case",
        "client-rasphone",
        "client-route-prefix",
        "connector-logon-as-service",
        "connector-sid-extension",
        "dc-strong-mapping",
        "nps-allowed-certificate-oid",
        "nps-ignore-no-revocation-check",
        "nps-mfa-extension",
        "rras-backup",
        "rras-disable-unused-wan-usage",
        "rras-ikev2-fragmentation",
        "rras-netsh-health",
        "rras-port-counts",
        "rras-security-updates",
    ]


@pytest.mark.parametrize("name", shipped_playbooks())
def test_each_has_the_texts_that_an_operator_needs(name: str) -> None:
    playbook = resolved(name)

    assert playbook.name == name
    assert playbook.summary
    assert playbook.risk
    assert playbook.symptoms
    assert playbook.source.startswith(
        ("https://learn.microsoft.com/", "https://directaccess.richardhicks.com/")
    )
    assert playbook.applies.role or playbook.applies.product_type
    assert playbook.before
    assert playbook.steps or playbook.backup
    assert playbook.after or all(step.resource.read_only for step in playbook.steps)


@pytest.mark.parametrize("name", shipped_playbooks())
def test_only_what_nobody_can_guess_has_no_default(name: str) -> None:
    assert load_playbook(name).needs() == set(NEEDED.get(name, {}))


@pytest.mark.parametrize("name", shipped_playbooks())
def test_no_registry_key_is_created(name: str) -> None:
    for step in resolved(name).steps:
        if isinstance(step.resource, RegistryValue):
            assert not step.resource.create_key


def test_nps_reboots_and_takes_other_eap_types() -> None:
    playbook = resolved("nps-ignore-no-revocation-check", eap_types=[13, 25])

    assert [step.id.partition("/")[2] for step in playbook.steps] == ["eap-13", "eap-25"]
    assert {step.then for step in playbook.steps} == {Restart(reboot=True)}
    assert playbook.steps[1].resource == RegistryValue(
        key=r"HKLM\SYSTEM\CurrentControlSet\Services\RasMan\PPP\EAP\25",
        name="IgnoreNoRevocationCheck",
        type="dword",
        data=1,
    )


def test_the_logon_right_does_not_need_the_connector() -> None:
    playbook = resolved("connector-logon-as-service")

    assert playbook.applies.role is None
    assert playbook.applies.product_type == "server"
    assert playbook.steps[0].resource == UserRight(
        right="SeServiceLogonRight", accounts=(r"CORP\svc",)
    )
    assert "service" not in {check.resource.kind for check in playbook.before + playbook.after}


def test_what_changes_rras_is_backed_up_first() -> None:
    backups = {name: {step.backup for step in resolved(name).steps} for name in shipped_playbooks()}

    assert {name for name, found in backups.items() if found == {"rras"}} == {
        "rras-disable-unused-wan-usage",
        "rras-ikev2-fragmentation",
        "rras-port-counts",
    }
    assert resolved("rras-backup").backup == "rras"


def test_port_counts_that_are_null_are_left_as_they_are() -> None:
    [step] = resolved("rras-port-counts", ikev2_ports=500, sstp_ports=None).steps

    assert isinstance(step.resource, VpnServerPorts)
    assert step.resource.claims() == {"vpn_server_ports ikev2": 500}


@pytest.mark.parametrize("count", [0, 30001, "128"])
def test_port_counts_out_of_bounds_are_refused(count: object) -> None:
    with pytest.raises(PlaybookError, match=r"from '\{\{ gre_ports \}\}'"):
        resolved("rras-port-counts", gre_ports=count)
