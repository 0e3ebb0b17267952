"""Stand-ins for cmdlets, and state of the registry that is put back, for one script."""

from __future__ import annotations

from collections.abc import Sequence

from aovpn_remediate.rendering.literals import literal
from tests.powershell.build import ENGINE

SUMMER_TIME = (
    "[DateTime]::SpecifyKind([DateTime] '2026-07-01T10:00:00.1234567', 'Utc').ToLocalTime()"
)
"""The local time of 10:00 in UTC."""


def own_service(name: str) -> str:
    """A script that makes a service of the engine, which starts and stops; started by hand."""
    program = str(ENGINE / "services" / "service.exe").replace("/", "\\")
    made = f"New-Service -Name {name} -BinaryPathName 'Z:{program}' -StartupType Manual"
    return f"if (-not (Get-Service {name} -ErrorAction SilentlyContinue)) {{ $null = {made} }}"


def apart(keys: Sequence[str], script: str) -> str:
    """A script that finds none of these keys, and leaves them as they were."""
    every = ", ".join(literal(key) for key in keys)
    return f"""
$keys = @({every})
foreach ($key in $keys) {{
    if (-not (Test-Path -LiteralPath $key)) {{ continue }}
    Rename-Item -LiteralPath $key -NewName "$(Split-Path $key -Leaf)-aside"
}}
try {{ {script} }}
finally {{
    foreach ($key in $keys) {{
        if (Test-Path -LiteralPath $key) {{ Remove-Item -LiteralPath $key -Recurse -Force }}
        if (Test-Path -LiteralPath "$key-aside") {{
            Rename-Item -LiteralPath "$key-aside" -NewName (Split-Path $key -Leaf)
        }}
    }}
}}
"""


def without_value(key: str, name: str, script: str) -> str:
    """A script that finds no such value of a key, and leaves it as it was."""
    value = f"-LiteralPath '{key}' -Name '{name}'"
    return f"""
$item = Get-Item -LiteralPath '{key}'
$old = $item.GetValue('{name}', $null, 'DoNotExpandEnvironmentNames')
$type = if ($null -ne $old) {{ $item.GetValueKind('{name}') }}
if ($null -ne $old) {{ Remove-ItemProperty {value} }}
try {{ {script} }}
finally {{
    Remove-ItemProperty {value} -ErrorAction Ignore
    if ($null -ne $old) {{ $null = New-ItemProperty {value} -Value $old -PropertyType $type }}
}}
"""


def registry_value(key: str, name: str, value: str, kind: str = "String") -> str:
    """A script that sets a value of a key."""
    what = f"-LiteralPath '{key}' -Name '{name}' -Value {value} -PropertyType {kind}"
    return f"$null = New-ItemProperty {what} -Force"


def cim(*rows: str) -> str:
    """A `Get-CimInstance` that answers calls like these rows, and no other.

    A row is `class|filter|properties|script`, with `~` for a quote of the filter.
    """
    cases = "\n".join(
        f"'{name}|{condition}|{properties}' {{ {made} }}"
        for name, condition, properties, made in (row.split("|") for row in rows)
    )
    return (
        "function Get-CimInstance { param($ClassName, $Filter, $Property)\n"
        "$asked = $ClassName, \"$Filter\".Replace(\"'\", '~'), ($Property -join ',') -join '|'\n"
        f"switch -CaseSensitive ($asked) {{\n{cases}\n"
        'default { throw "not asked like this: $_" } } }'
    )
