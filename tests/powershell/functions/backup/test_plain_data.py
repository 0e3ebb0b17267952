"""Values as they are kept in a reading."""

from __future__ import annotations

from typing import Any

import pytest

from tests.powershell.host import EngineHost


def _value(host: EngineHost, value: str) -> Any:
    script = f"ConvertTo-AovpnText @{{ x = ConvertTo-AovpnReading -Value ({value}) -Depth 3 }}"
    return host.record(script)["x"]


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("$null", None),
        ("'a'", "a"),
        ("[DayOfWeek]::Friday", "Friday"),
        ("[uint64]::MaxValue", 2**64 - 1),
        ("$true", True),
        ("[guid]::Empty", "00000000-0000-0000-0000-000000000000"),
        (
            "[datetime]::SpecifyKind([datetime] '2026-01-02T03:04:05', 'Utc')",
            "2026-01-02T03:04:05.0000000Z",
        ),
        ("[byte[]] @(1)", {"base64": "AQ=="}),
        ("[byte[]] @()", {"base64": ""}),
        ("@()", []),
        ("@(1)", [1]),
        ("@(@(1, 2), @())", [[1, 2], []]),
        ("[pscustomobject] @{ a = [pscustomobject] @{ b = @(, 'c') } }", {"a": {"b": ["c"]}}),
        (
            "[pscustomobject] @{ a = [pscustomobject] @{ b = [pscustomobject] @{ c = 5 } } }",
            {"a": {"b": {"c": "5"}}},
        ),
    ],
)
def test_a_value_becomes_plain_data(each_engine: EngineHost, value: str, plain: Any) -> None:
    assert _value(each_engine, value) == plain


def test_a_certificate_is_its_der(each_engine: EngineHost) -> None:
    made = (
        "$key = [Security.Cryptography.RSA]::Create(1024)\n"
        "$request = [Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=x', $key, "
        "'SHA256', [Security.Cryptography.RSASignaturePadding]::Pkcs1)\n"
        "$found = $request.CreateSelfSigned([DateTimeOffset]::Now, [DateTimeOffset]::Now)\n"
        "ConvertTo-AovpnText @{ is = ConvertTo-AovpnReading -Value $found -Depth 3\n"
        "der = [Convert]::ToBase64String($found.RawData) }"
    )
    if each_engine.engine == "windows":
        pytest.skip("no key can be made there")
    said = each_engine.record(made)
    assert said["is"] == {"base64": said["der"]}
