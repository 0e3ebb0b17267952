# Get answers nothing where NPS has no network policy of the name, else @{ policy; oids; source }: its true name, the OIDs of
# Allowed-Certificate-OID (attribute 0x1041) in its profile, and what told it, netsh or export. Read only.
# By netsh first, which tells no secret: an export holds the RADIUS secrets in clear.
# Calls Export-NpsConfiguration of NPS: Path.

function ConvertFrom-AovpnNpsText {
    # Each policy in what netsh nps show np says: @{ name; oids; told }, told is false where there is something that is no OID.
    # Its words are of the host's language. A policy begins with four lines of name = value, of which the last two are numbers;
    # an attribute is a line of name, id and data, and a condition one with a numbered name.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [AllowEmptyCollection()] [AllowEmptyString()] [string[]] $Lines)
    $policy = $null
    $head = @()
    foreach ($line in $Lines) {
        $attribute = [regex]::Match($line, '^\s*([^=]*?)\s+0x([0-9A-Fa-f]{1,8})(\s.*)?$')
        $pair = [regex]::Match($line, '^\s*[^\s=][^=]*=\s*(.*?)\s*$')
        if ($attribute.Success) {
            $head = @()
            $isCondition = $attribute.Groups[1].Value -cmatch '^[^\s-]+[0-9]+$'
            $isOurs = [Convert]::ToInt64($attribute.Groups[2].Value, 16) -eq 0x1041 -and -not $isCondition
            if ($null -eq $policy -or -not $isOurs) { continue }
            $oids = [regex]::Matches($attribute.Groups[3].Value, '(?<![0-9.])[0-2]([.][0-9]+){4,}(?![0-9.])')
            if ($oids.Count -eq 0) { $policy['told'] = $false }
            foreach ($oid in $oids) { $policy['oids'] += $oid.Value }
        }
        elseif ($pair.Success) {
            $head += $pair.Groups[1].Value
            if ($head.Count -ne 4 -or "$($head[2]) $($head[3])" -cnotmatch '^[0-9]+ [0-9]+$') { continue }
            $policy = @{ name = $head[0]; oids = @(); told = $true }
            $policy
        }
        elseif ($line -cmatch '\S') { $head = @() }
    }
}

function Get-AovpnNpsShown {
    # The policies that netsh shows; none where it cannot.
    [CmdletBinding()]
    param()
    $said = @(& "$env:SystemRoot\System32\netsh.exe" nps show np)
    if ($LASTEXITCODE -eq 0) { ConvertFrom-AovpnNpsText -Lines $said }
}

function Remove-AovpnNpsExport {
    # Nothing of it may stay. A virus scanner may hold it for a moment.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Path)
    for ($try = 1; $true; $try++) {
        try { [IO.File]::Delete($Path); break }
        catch {
            if ($try -lt 20) { [Threading.Thread]::Sleep(100); continue }
            $said = (ConvertTo-AovpnError $_).message -replace '\s+', ' '
            throw "The export of NPS, which holds RADIUS secrets in clear, could not be deleted: delete $Path by hand. $said"
        }
    }
}

function Find-AovpnNpsNode {
    # Those of a list of elements that have a name, which is an attribute: names with spaces are no names of elements.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [object] $Document, [Parameter(Mandatory)] [string] $List, [Parameter(Mandatory)] [string] $Name)
    foreach ($node in $Document.SelectNodes("//$List/Children/*")) {
        if ([string]::Equals($node.GetAttribute('name'), $Name, 'OrdinalIgnoreCase')) { $node }
    }
}

function Get-AovpnNpsExported {
    # The policy in an export of NPS: @{ name; oids }; nothing where there is none. The export is deleted whatever happens.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Policy)
    $path = [IO.Path]::Combine([IO.Path]::GetTempPath(), "aovpn-nps-$([guid]::NewGuid().ToString('N')).xml")
    try {
        try { Export-NpsConfiguration -Path $path -ErrorAction Stop }
        catch {
            $said = (ConvertTo-AovpnError $_).message -replace '\s+', ' '
            throw "NPS does not tell its network policies; reading them needs an administrator: $said"
        }
        $document = New-Object -TypeName System.Xml.XmlDocument
        $document.XmlResolver = $null
        # Its reason may quote what is in the file.
        try { $document.Load($path) } catch { throw 'The export of NPS cannot be read: it is not XML.' }
        $found = @(Find-AovpnNpsNode -Document $document -List 'NetworkPolicy' -Name $Policy)
        if ($found.Count -eq 0) { return }
        $action = $found[0].SelectSingleNode('Properties/msNPAction')
        $profiles = @()
        if ($null -ne $action -and $action.InnerText) {
            $profiles = @(Find-AovpnNpsNode -Document $document -List 'RadiusProfiles' -Name $action.InnerText)
        }
        if ($profiles.Count -ne 1) { throw "The export of NPS has no profile for the network policy $Policy." }
        # The name of the attribute there is not documented: any value that is an OID.
        $oids = foreach ($value in $profiles[0].SelectNodes('Properties/*')) {
            $oid = [regex]::Match($value.InnerText, '^\s*([0-2](?:[.][0-9]+){4,})\s*$')
            if ($oid.Success) { $oid.Groups[1].Value }
        }
        @{ name = $found[0].GetAttribute('name'); oids = @($oids) }
    }
    finally { Remove-AovpnNpsExport -Path $path }
}

function Get-AovpnNpsPolicy {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Policy)
    if (-not (Test-Path -LiteralPath 'Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\IAS')) {
        throw 'NPS is not installed on this host (Windows feature NPAS).'
    }
    $shown = @(Get-AovpnNpsShown)
    $found = @(foreach ($one in $shown) { if ([string]::Equals($one['name'], $Policy, 'OrdinalIgnoreCase')) { $one } })
    # Not every letter survives the code page of a console.
    $isTold = $shown.Count -gt 0 -and $Policy -cnotmatch '[^\x20-\x7e]'
    if ($found.Count -gt 0) { $isTold = $found[0]['told'] }
    if (-not $isTold) {
        $asked = @{ Name = 'Export-NpsConfiguration'; CommandType = 'Function', 'Cmdlet' }
        if (-not (Get-Command @asked -ErrorAction SilentlyContinue)) {
            throw 'netsh does not tell the network policies, and the NPS cmdlets are not installed (Windows feature NPAS).'
        }
        $found = @(Get-AovpnNpsExported -Policy $Policy)
    }
    if ($found.Count -eq 0) { return }
    $source = if ($isTold) { 'netsh' } else { 'export' }
    [ordered]@{ policy = $found[0]['name']; oids = [string[]] $found[0]['oids']; source = $source }
}
