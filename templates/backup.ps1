# Backup: files of the configuration of RRAS, as records of one line each. A file is { part, size, sha256, pieces }, followed
# by its pieces in base64; the last record has what is missing, and why. Nothing on the host is changed.
# Calls Get-VpnServerConfiguration of RemoteAccess.
# Calls Get-VpnAuthProtocol of RemoteAccess.
# Calls Get-RemoteAccess of RemoteAccess.
# Calls Get-RemoteAccessRadius of RemoteAccess.
# Calls Get-RemoteAccessAccounting of RemoteAccess.

function ConvertTo-AovpnLine {
    # A text in one line.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [AllowEmptyString()] [string] $Text)
    $Text -replace '\s+', ' ' -replace '\A | \z', ''
}

function Assert-AovpnEnded {
    # Throws where a program has failed, or did not end in its time.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name, [Parameter(Mandatory)] [AllowNull()] [object] $Code)
    if ($null -eq $Code) { throw "$Name did not end in time." }
    if ($Code -ne 0) { throw "$Name ended with $Code." }
}

function Get-AovpnRasDump {
    # What netsh ras dump writes, byte for byte: netsh exec reads it again. Where netsh ras fails there is none.
    [CmdletBinding()]
    param()
    $probe = Get-AovpnNetshRas
    $faults = @{ '1702' = 'error 1702'; empty = 'it says nothing'; deadline = 'it does not end' }
    $faults.exit = "exit code $($probe.code)"
    if ($probe.fault -ne 'none') {
        $said = "netsh ras does not work on this host ($($faults[[string] $probe.fault]))"
        if ($probe.said -ne '') { $said += ": $($probe.said)" }
        throw $said
    }
    $done = Invoke-AovpnProgram -Path "$env:SystemRoot\System32\netsh.exe" -Words 'ras dump' -Seconds 120
    Assert-AovpnEnded -Name 'netsh ras dump' -Code $done.code
    if (Test-AovpnErrorText -Said $done.said -Code 1702) { throw 'netsh ras dump does not work on this host (error 1702).' }
    if ($done.said -cnotmatch '\S') { throw 'netsh ras dump wrote nothing.' }
    @{ bytes = [Text.Encoding]::GetEncoding(28591).GetBytes($done.said) }
}

function Get-AovpnKeyExport {
    # A key with all that is below it, as reg.exe exports it.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Key, [Parameter(Mandatory)] [string] $Folder)
    if (-not (Test-Path -LiteralPath "Registry::$Key")) { throw "There is no key $Key." }
    $file = "$Folder\$([guid]::NewGuid().ToString('N')).reg"
    $words = "export `"$Key`" `"$file`" /y"
    $done = Invoke-AovpnProgram -Path "$env:SystemRoot\System32\reg.exe" -Words $words -Seconds 120
    Assert-AovpnEnded -Name 'reg.exe export' -Code $done.code
    @{ bytes = [IO.File]::ReadAllBytes($file) }
}

function Find-AovpnBackupMiniports {
    # The keys of the WAN miniports, found by device id and never by their number: @{ key; number; device }.
    [CmdletBinding()]
    param()
    $known = 'agilevpn', 'sstp', 'l2tp', 'pptp', 'pppoe', 'gre'
    $class = 'HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Class\{4D36E972-E325-11CE-BFC1-08002BE10318}'
    # One of the keys there is for the system alone.
    foreach ($key in Get-ChildItem -LiteralPath "Registry::$class" -ErrorAction SilentlyContinue) {
        $number = [string] $key.PSChildName
        $id = Get-ItemProperty -LiteralPath $key.PSPath -Name 'MatchingDeviceId' -ErrorAction SilentlyContinue
        if ($null -eq $id -or $number -cnotmatch '\A[0-9]{4}\z') { continue }
        $device = ([string] $id.MatchingDeviceId).ToLowerInvariant() -replace '\Ams_(.*)miniport\z', '$1'
        if ($known -ccontains $device) { @{ key = "$class\$number"; number = $number; device = $device } }
    }
}

function ConvertTo-AovpnReading {
    # What a cmdlet answered as plain data for JSON. What may be a secret by its name is not even looked at.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [AllowNull()] [object] $Value, [Parameter(Mandatory)] [int] $Depth)
    if ($null -eq $Value) { return $null }
    if ($Value -is [enum] -or $Value -is [string] -or $Depth -le 0) { return [string] $Value }
    if ($Value -is [datetime]) { return $Value.ToUniversalTime().ToString('o') }
    if ($Value -is [ValueType]) { if ($Value.GetType().IsPrimitive) { return $Value } else { return [string] $Value } }
    if ($Value -is [byte[]]) { return [ordered]@{ base64 = [Convert]::ToBase64String($Value) } }
    if ($Value -is [Security.Cryptography.X509Certificates.X509Certificate]) {
        return [ordered]@{ base64 = [Convert]::ToBase64String($Value.GetRawCertData()) }
    }
    if ($Value -is [array]) {
        $items = foreach ($item in $Value) { , (ConvertTo-AovpnReading -Value $item -Depth ($Depth - 1)) }
        return , [object[]] @($items)
    }
    $fields = [ordered]@{}
    foreach ($property in $Value.PSObject.Properties) {
        $name = $property.Name
        if ($name.ToLowerInvariant() -cmatch 'secret|password|presharedkey|credential|\A(cim|pscomputername)') { continue }
        $fields[$name] = ConvertTo-AovpnReading -Value $property.Value -Depth ($Depth - 1)
    }
    $fields
}

function Get-AovpnReading {
    # What a cmdlet says, of these properties alone: a list of objects as JSON.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Command,
        [Parameter(Mandatory)] [scriptblock] $Read,
        [Parameter(Mandatory)] [string[]] $Names
    )
    # By the name of its module: an alias of ours keeps a module from being looked for.
    $asked = @{ Name = "RemoteAccess\$Command"; CommandType = 'Function', 'Cmdlet' }
    if (-not (Get-Command @asked -ErrorAction SilentlyContinue)) {
        throw "$Command is not installed (Windows feature RSAT-RemoteAccess-PowerShell)."
    }
    $objects = foreach ($found in @(& $Read)) {
        $fields = [ordered]@{}
        foreach ($name in $Names) {
            $property = $found.PSObject.Properties[$name]
            if ($null -ne $property) { $fields[$name] = ConvertTo-AovpnReading -Value $property.Value -Depth 5 }
        }
        $fields
    }
    $json = ConvertTo-AovpnText ([object[]] @($objects))
    @{ bytes = [Text.Encoding]::ASCII.GetBytes($json + "`n") }
}

function Get-AovpnServerReading {
    [CmdletBinding()]
    param()
    $names = 'Ikev2Ports', 'SstpPorts', 'L2tpPorts', 'GrePorts', 'IdleDisconnect', 'SALifeTime', 'MMSALifeTime',
    'SADataSizeForRenegotiation', 'TunnelType', 'EncryptionType', 'CustomPolicy', 'EncryptionMethod', 'IntegrityCheckMethod',
    'CipherTransformConstants', 'PfsGroup', 'AuthenticationTransformConstants', 'DHGroup'
    $read = { Get-VpnServerConfiguration -ErrorAction Stop }
    Get-AovpnReading -Command 'Get-VpnServerConfiguration' -Read $read -Names $names
}

function Get-AovpnProtocolReading {
    [CmdletBinding()]
    param()
    $names = 'UserAuthProtocolAccepted', 'TunnelAuthProtocolsAdvertised', 'RootCertificateNameToAccept',
    'CertificateAdvertised', 'CertificateEKUsToAccept'
    $read = { Get-VpnAuthProtocol -ErrorAction Stop }
    Get-AovpnReading -Command 'Get-VpnAuthProtocol' -Read $read -Names $names
}

function Get-AovpnRemoteAccessReading {
    # Its parts are nested or flat, as the version has it.
    [CmdletBinding()]
    param()
    $names = 'DAStatus', 'VpnStatus', 'VpnS2SStatus', 'RoutingStatus', 'SstpProxyStatus', 'LoadBalancing',
    'InternetInterface', 'InternalInterface', 'SslCertificate', 'UseHttp', 'VpnConfiguration', 'IPAssignmentMethod',
    'IPAddressRangeList', 'IPv6Prefix', 'AuthenticationType', 'RadiusServerList'
    $read = { Get-RemoteAccess -ErrorAction Stop }
    Get-AovpnReading -Command 'Get-RemoteAccess' -Read $read -Names $names
}

function Get-AovpnRadiusReading {
    # Without SharedSecret.
    [CmdletBinding()]
    param()
    $names = 'ServerName', 'Purpose', 'ServerPurpose', 'Score', 'Timeout', 'Port', 'AccountingOnOffMsg', 'MsgAuthenticator'
    $read = { Get-RemoteAccessRadius -ErrorAction Stop }
    Get-AovpnReading -Command 'Get-RemoteAccessRadius' -Read $read -Names $names
}

function Get-AovpnAccountingReading {
    [CmdletBinding()]
    param()
    $names = 'RadiusAccountingStatus', 'RemoteRadiusServerList', 'RadiusAccounting', 'InboxAccountingStatus',
    'InboxStoreLimit', 'InboxAccounting'
    $read = { Get-RemoteAccessAccounting -ErrorAction Stop }
    Get-AovpnReading -Command 'Get-RemoteAccessAccounting' -Read $read -Names $names
}

function Read-AovpnPart {
    # A part of a backup: @{ part; bytes; reason }. What fails is a reason, and the other parts go on.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Part, [Parameter(Mandatory)] [scriptblock] $Read)
    $most = 8388608
    try {
        $bytes = (& $Read).bytes
        if ($bytes.Length -eq 0) { throw 'It is empty.' }
        if ($bytes.Length -gt $most) { throw "It has $($bytes.Length) bytes, more than $most." }
        @{ part = $Part; bytes = $bytes; reason = $null }
    }
    catch { @{ part = $Part; bytes = $null; reason = ConvertTo-AovpnLine -Text (ConvertTo-AovpnError $_).message } }
}

function Get-AovpnRrasParts {
    # Every part of a backup of RRAS. reg.exe writes to files alone: they lie for a moment in a folder of a name that nobody
    # knows, for SYSTEM, Administrators and the account of this session.
    [CmdletBinding()]
    param()
    $service = 'HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\RemoteAccess'
    $me = [Security.Principal.WindowsIdentity]::GetCurrent().User.Value
    $folder = [IO.Path]::GetTempPath() + "aovpn-$([guid]::NewGuid().ToString('N'))"
    New-AovpnFolder -Path $folder -Rights "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;$me)"
    try {
        Read-AovpnPart -Part 'netsh-ras-dump.txt' -Read { Get-AovpnRasDump }
        Read-AovpnPart -Part 'RemoteAccess.reg' -Read { Get-AovpnKeyExport -Key $service -Folder $folder }
        $miniports = @(Find-AovpnBackupMiniports)
        if ($miniports.Count -eq 0) { Read-AovpnPart -Part 'miniport.reg' -Read { throw 'No WAN miniport was found.' } }
        foreach ($one in $miniports) {
            $part = "miniport-$($one.device)-$($one.number).reg"
            Read-AovpnPart -Part $part -Read { Get-AovpnKeyExport -Key $one.key -Folder $folder }
        }
    }
    finally { [IO.Directory]::Delete($folder, $true) }
    Read-AovpnPart -Part 'Get-VpnServerConfiguration.json' -Read { Get-AovpnServerReading }
    Read-AovpnPart -Part 'Get-VpnAuthProtocol.json' -Read { Get-AovpnProtocolReading }
    Read-AovpnPart -Part 'Get-RemoteAccess.json' -Read { Get-AovpnRemoteAccessReading }
    Read-AovpnPart -Part 'Get-RemoteAccessRadius.json' -Read { Get-AovpnRadiusReading }
    Read-AovpnPart -Part 'Get-RemoteAccessAccounting.json' -Read { Get-AovpnAccountingReading }
}

function ConvertTo-AovpnPieces {
    # The records of one file: small enough for every transport to carry each.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Part, [Parameter(Mandatory)] [byte[]] $Bytes)
    $size = 49152
    $pieces = [int] [Math]::Ceiling($Bytes.Length / $size)
    $sha = (Get-AovpnHash -Bytes $Bytes).Replace('-', '').ToLowerInvariant()
    ConvertTo-AovpnText ([ordered]@{ part = $Part; size = $Bytes.Length; sha256 = $sha; pieces = $pieces })
    for ($piece = 0; $piece -lt $pieces; $piece++) {
        $at = $piece * $size
        $length = $Bytes.Length - $at
        if ($length -gt $size) { $length = $size }
        $data = [Convert]::ToBase64String($Bytes, $at, $length)
        ConvertTo-AovpnText ([ordered]@{ part = $Part; piece = $piece; data = $data })
    }
}

function Invoke-AovpnBackup {
    # One text of all records: what is written one by one may cost a request each.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [ValidateSet('rras')] [string] $Of)
    $lines = @()
    $end = [ordered]@{ backup = $Of; ok = $true; time = [DateTime]::UtcNow.ToString('o'); missing = @() }
    try {
        $mode = [string] $ExecutionContext.SessionState.LanguageMode
        if ($mode -ne 'FullLanguage') {
            throw @{ AovpnId = 'LanguageMode'; Message = "In $mode no backup can be taken." }
        }
        $parts = @(Get-AovpnRrasParts)
        $lines = @(foreach ($part in $parts) {
                if ($null -ne $part.bytes) { ConvertTo-AovpnPieces -Part $part.part -Bytes $part.bytes }
            })
        $end.missing = [object[]] @(foreach ($part in $parts) {
                if ($null -eq $part.bytes) { [ordered]@{ part = $part.part; reason = $part.reason } }
            })
    }
    catch {
        $lines = @()
        $end.ok = $false
        $end.error = ConvertTo-AovpnError $_
    }
    @($lines) + (ConvertTo-AovpnText $end) -join "`n"
}
