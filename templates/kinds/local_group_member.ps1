# Get answers @{ sid; member; nested }: the account's SID (null where the host does not know it), whether it is a member
# itself, and what in the group may have members of its own; read only. By ADSI: Get-LocalGroupMember throws at a SID
# without a name.

function Get-AovpnLocalGroupName {
    # The name of a local group given by name or SID, without what stands before the backslash.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Group)
    $control = 'Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ProductOptions'
    if ((Get-ItemProperty -LiteralPath $control -Name 'ProductType').ProductType -eq 'LanmanNT') {
        throw 'This host is a domain controller, which has no local groups: check the group in the domain.'
    }
    $sid = Resolve-AovpnAccount -Account $Group
    if ($null -eq $sid) { throw "There is no group $Group on this host." }
    $identifier = New-Object -TypeName System.Security.Principal.SecurityIdentifier -ArgumentList $sid
    try { $name = $identifier.Translate([System.Security.Principal.NTAccount]).Value }
    catch [System.Security.Principal.IdentityNotMappedException] { throw "There is no group $Group on this host." }
    ($name -split '\\')[-1]
}

function Get-AovpnLocalGroupEntry {
    # @{ sid; name; user } for each member; user where it surely is one.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name)
    $group = [ADSI] "WinNT://$env:COMPUTERNAME/$Name,group"
    foreach ($one in $group.psbase.Invoke('Members')) {
        # The cast comes first: a COM object that was used before may refuse it.
        $member = [ADSI] $one
        $bytes = [byte[]] $member.psbase.InvokeGet('objectSID')
        $sid = (New-Object -TypeName System.Security.Principal.SecurityIdentifier -ArgumentList $bytes, 0).Value
        # WinNT://DOMAIN/name, or WinNT://S-1-... where the SID has no name, and then nobody knows what it is.
        $path = ([string] $member.psbase.InvokeGet('ADsPath')) -replace '^WinNT://', ''
        $isUser = $path -notlike 'S-1-*' -and [string] $member.psbase.InvokeGet('Class') -eq 'User'
        @{ sid = $sid; name = $path.Replace('/', '\'); user = $isUser }
    }
}

function Get-AovpnLocalGroupMember {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Group, [Parameter(Mandatory)] [string] $Account)
    $entries = @(Get-AovpnLocalGroupEntry -Name (Get-AovpnLocalGroupName -Group $Group))
    $sid = Resolve-AovpnAccount -Account $Account
    $isMember = $false
    $nested = @()
    foreach ($entry in $entries) {
        if ($null -ne $sid -and $entry['sid'] -eq $sid) { $isMember = $true }
        elseif (-not $entry['user']) { $nested += $entry['name'] }
    }
    [ordered]@{ sid = $sid; member = $isMember; nested = [string[]] $nested }
}
