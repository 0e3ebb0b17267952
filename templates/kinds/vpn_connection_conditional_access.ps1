# Get answers nothing where no connection of all users has the name, else @{ mdm; places; unread }: each phone book that has it
# as @{ whose; enabled; sso; eku; issuer; eap }, and the phone books that could not be read. Read only.
# What is DeviceCompliance in a profile is in the phone book alone; the EAP configuration, which is XML, is told by the cmdlets
# alone, and is null for a connection that is another user's.

function Find-AovpnPhonebookEntry {
    # What the entry of a connection says of Conditional Access, texts or null; nothing where there is no entry.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Path, [Parameter(Mandatory)] [string] $Name)
    if (-not (Test-Path -LiteralPath $Path)) { return }
    $fields = @{
        DeviceComplianceEnabled    = 'enabled'
        DeviceComplianceSsoEnabled = 'sso'
        DeviceComplianceSsoEku     = 'eku'
        DeviceComplianceSsoIssuer  = 'issuer'
    }
    $entry = $null
    foreach ($line in @(Get-Content -LiteralPath $Path -Encoding UTF8 -ErrorAction Stop)) {
        $text = $line -replace '\s+$', ''
        if ($text -cmatch '^\[') {
            if ($null -ne $entry) { break }
            if (-not [string]::Equals($text, "[$Name]", 'OrdinalIgnoreCase')) { continue }
            $entry = [ordered]@{ enabled = $null; sso = $null; eku = $null; issuer = $null }
            continue
        }
        if ($null -eq $entry) { continue }
        $parts = @($text -split '=', 2)
        $field = $fields[$parts[0]]
        if ($parts.Count -eq 2 -and $null -ne $field -and $null -eq $entry[$field]) { $entry[$field] = $parts[1] }
    }
    $entry
}

function Get-AovpnUserFolders {
    # The folders of the profiles of users that this Windows knows.
    [CmdletBinding()]
    param()
    $list = 'Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList'
    foreach ($key in Get-ChildItem -LiteralPath $list -ErrorAction Stop) {
        $found = Get-ItemProperty -LiteralPath $key.PSPath -Name 'ProfileImagePath' -ErrorAction SilentlyContinue
        if ($null -ne $found -and $found.ProfileImagePath) { [string] $found.ProfileImagePath }
    }
}

function Find-AovpnUserEntries {
    # Answers @{ places; unread } of the phone books of all users.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name)
    $places = @()
    $unread = @()
    foreach ($folder in @(Get-AovpnUserFolders)) {
        $path = "$folder\AppData\Roaming\Microsoft\Network\Connections\Pbk\rasphone.pbk"
        try { $entry = Find-AovpnPhonebookEntry -Path $path -Name $Name }
        catch { $unread += $path; continue }
        if ($null -eq $entry) { continue }
        $entry['whose'] = $folder
        $entry['eap'] = $null
        $places += $entry
    }
    if ($places.Count -eq 0) {
        $more = ''
        if ($unread.Count -gt 0) { $more = " $($unread.Count) phone books could not be read, which needs an administrator." }
        throw "No phone book of a user that can be read here has the VPN connection $Name.$more"
    }
    [ordered]@{ places = [object[]] $places; unread = [string[]] $unread }
}

function Get-AovpnVpnConnectionConditionalAccess {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name, [Parameter(Mandatory)] [bool] $AllUsers)
    if (-not $AllUsers) {
        $found = Find-AovpnUserEntries -Name $Name
        return [ordered]@{ mdm = Get-AovpnMdmTraces; places = $found['places']; unread = $found['unread'] }
    }
    $connection = Find-AovpnVpnConnection -Name $Name -AllUsers $true
    if ($null -eq $connection) { return }
    $eap = $null
    if ($null -ne $connection.EapConfigXmlStream) { $eap = [string] $connection.EapConfigXmlStream.OuterXml }
    $path = "$env:ProgramData\Microsoft\Network\Connections\Pbk\rasphone.pbk"
    $entry = Find-AovpnPhonebookEntry -Path $path -Name $Name
    if ($null -eq $entry) { throw "The phone book $path does not have the VPN connection $Name, which Windows shows." }
    $entry['whose'] = 'all users'
    $entry['eap'] = $eap
    [ordered]@{ mdm = Get-AovpnMdmTraces; places = [object[]] @($entry); unread = [string[]] @() }
}
