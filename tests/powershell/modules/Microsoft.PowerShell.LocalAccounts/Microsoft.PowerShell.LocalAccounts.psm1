# Stand-in for the LocalAccounts module. Groups and their members are those of the ADSI stand-in (../../host/Adsi.cs):
# HKLM\SOFTWARE\AovpnStandIn\Groups\NAME, Members: lines of ADsPath|Class|SID. Names of accounts are looked up as
# Windows does it.
Set-StrictMode -Off
Import-Module "$PSScriptRoot\..\StandIn.psm1"
$module = 'Microsoft.PowerShell.LocalAccounts'
$root = 'Registry::HKEY_LOCAL_MACHINE\SOFTWARE\AovpnStandIn\Groups'

function Get-StandInSid([string] $Account) {
    if ($Account -match '^S-1-') { return [Security.Principal.SecurityIdentifier] $Account }
    try { ([Security.Principal.NTAccount] $Account).Translate([Security.Principal.SecurityIdentifier]) } catch { $null }
}

function Get-StandInGroup($Cmdlet, $Name, $Sid) {
    # All groups; those of a name or a SID, and an error for each that is not there.
    $all = foreach ($key in Get-ChildItem -LiteralPath $root -ErrorAction Ignore) {
        [pscustomobject] @{
            PSTypeName = "$module.LocalGroup"; Name = $key.PSChildName; SID = Get-StandInSid $key.PSChildName
            Description = ''; PrincipalSource = 'Local'; ObjectClass = 'Group'
        }
    }
    if (-not $Name -and -not $Sid) { return $all }
    foreach ($one in @($Name) + @($Sid) | Where-Object { $_ }) {
        $found = @($all | Where-Object { if ($Sid) { $_.SID -eq $one } else { $_.Name -like $one } })
        if (-not $found.Count) {
            Write-StandInError $Cmdlet 'GroupNotFound' 'ObjectNotFound' "Group $one was not found." $one
        }
        $found
    }
}

function Get-StandInMember($Group) {
    foreach ($line in (Get-Item -LiteralPath "$root\$($Group.Name)").GetValue('Members', @())) {
        $path, $class, $sid = $line.Split('|')
        $domain, $name = $path.Substring('WinNT://'.Length).Split('/')
        [pscustomobject] @{
            PSTypeName = "$module.LocalPrincipal"; Name = if ($name) { "$domain\$name" } else { $domain }
            SID = [Security.Principal.SecurityIdentifier] $sid; ObjectClass = $class
            PrincipalSource = if ($domain -eq $env:COMPUTERNAME) { 'Local' } else { 'ActiveDirectory' }
        }
    }
}

function Get-LocalGroup {
    [CmdletBinding(DefaultParameterSetName = 'Default')]
    param(
        [Parameter(Position = 0, ParameterSetName = 'Default')] [string[]] $Name,
        [Parameter(Position = 0, ParameterSetName = 'SecurityIdentifier')]
        [Security.Principal.SecurityIdentifier[]] $SID)
    if (Open-StandIn $PSCmdlet $module) { Get-StandInGroup $PSCmdlet $Name $SID }
}

function Get-LocalGroupMember {
    [CmdletBinding(DefaultParameterSetName = 'Default')]
    param(
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'Default')] [string] $Name,
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'Group')] [object] $Group,
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'SecurityIdentifier')]
        [Security.Principal.SecurityIdentifier] $SID,
        [Parameter(Position = 1)] [string] $Member)
    if (-not (Open-StandIn $PSCmdlet $module)) { return }
    $found = if ($Group) { Get-StandInGroup $PSCmdlet "$($Group.Name)" } else { Get-StandInGroup $PSCmdlet $Name $SID }
    if (-not $found) { return }
    $all = @(Get-StandInMember $found)
    # A known fault: the list is sorted by name, and a SID without an account has none.
    if ($all.Count -gt 1 -and @($all | Where-Object { $_.Name -match '^S-1-' }).Count) {
        $text = 'Failed to compare two elements in the array.'
        Write-StandInError $PSCmdlet 'An unspecified error occurred.' 'NotSpecified' $text
        return
    }
    $all = @($all | Where-Object { -not $Member -or $_.Name -like $Member -or $_.SID.Value -eq $Member })
    if ($Member -and -not $all.Count) {
        $text = "Principal $Member was not found."
        Write-StandInError $PSCmdlet 'PrincipalNotFound' 'ObjectNotFound' $text $Member
    }
    $all | Sort-Object Name
}

function Add-LocalGroupMember {
    [CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Group')]
    param(
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'Group')] [object] $Group,
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'Default')] [string] $Name,
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'SecurityIdentifier')]
        [Security.Principal.SecurityIdentifier] $SID,
        [Parameter(Mandatory, Position = 1)] [object[]] $Member)
    Set-StandInMember $PSCmdlet $Group $Name $SID $Member $true
}

function Remove-LocalGroupMember {
    [CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Group')]
    param(
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'Group')] [object] $Group,
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'Default')] [string] $Name,
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'SecurityIdentifier')]
        [Security.Principal.SecurityIdentifier] $SID,
        [Parameter(Mandatory, Position = 1)] [object[]] $Member)
    Set-StandInMember $PSCmdlet $Group $Name $SID $Member $false
}

function Set-StandInMember($Cmdlet, $Group, $Name, $Sid, $Member, [bool] $Add) {
    if (-not (Open-StandIn $Cmdlet $module)) { return }
    if ($Group) { $Name = if ($Group -is [string]) { $Group } else { $Group.Name } }
    $found = Get-StandInGroup $Cmdlet $Name $Sid
    if (-not $found) { return }
    $key = "$root\$($found.Name)"
    foreach ($one in $Member) {
        $text = if ($one -is [string]) { $one } elseif ($one.SID) { $one.SID.Value } else { "$one" }
        $account = Get-StandInSid $text
        $lines = @((Get-Item -LiteralPath $key).GetValue('Members', @()))
        $own = @($lines | Where-Object { $account -and $_.EndsWith("|$($account.Value)") })
        $in = $found.Name
        $fault = if (-not $account) { 'PrincipalNotFound', 'ObjectNotFound', "Principal $text was not found." }
        elseif ($Add -and $own.Count) { 'MemberExists', 'ResourceExists', "$text is already a member of group $in." }
        elseif (-not $Add -and -not $own.Count) {
            'MemberNotFound', 'ObjectNotFound', "Member $text was not found in group $in."
        }
        if ($fault) { Write-StandInError $Cmdlet $fault[0] $fault[1] $fault[2] $text; continue }
        if (-not $Cmdlet.ShouldProcess($text)) { continue }
        if ($Add) { $lines += Get-StandInLine $account }
        $lines = @($lines | Where-Object { $Add -or $own -notcontains $_ })
        Set-ItemProperty -LiteralPath $key -Name Members -Value ([string[]] $lines) -Type MultiString
    }
}

function Get-StandInLine($Account) {
    $name = try { $Account.Translate([Security.Principal.NTAccount]).Value } catch { $Account.Value }
    "WinNT://$($name.Replace('\', '/'))|User|$($Account.Value)"
}

function Get-LocalUser {
    [CmdletBinding(DefaultParameterSetName = 'Default')]
    param(
        [Parameter(Position = 0, ParameterSetName = 'Default')] [string[]] $Name,
        [Parameter(Position = 0, ParameterSetName = 'SecurityIdentifier')]
        [Security.Principal.SecurityIdentifier[]] $SID)
    $state = Open-StandIn $PSCmdlet $module
    if (-not $state) { return }
    $all = foreach ($one in $state.Users) {
        [pscustomobject] @{
            PSTypeName = "$module.LocalUser"; Name = $one.Name; SID = [Security.Principal.SecurityIdentifier] $one.SID
            Enabled = [bool] $one.Enabled; Description = [string] $one.Description; FullName = [string] $one.FullName
            PrincipalSource = 'Local'; ObjectClass = 'User'
        }
    }
    if (-not $Name -and -not $SID) { return $all }
    foreach ($one in @($Name) + @($SID) | Where-Object { $_ }) {
        $found = @($all | Where-Object { if ($SID) { $_.SID -eq $one } else { $_.Name -like $one } })
        if (-not $found.Count) {
            Write-StandInError $PSCmdlet 'UserNotFound' 'ObjectNotFound' "User $one was not found." $one
        }
        $found
    }
}
Export-ModuleMember -Function Get-Local*, Add-Local*, Remove-Local*
