# Stand-in for Get-HotFix, which asks WMI by the .NET Framework. The build takes the cmdlet out of the manifest of
# Microsoft.PowerShell.Management, so that this function is found.
Set-StrictMode -Off
Import-Module "$PSScriptRoot\..\StandIn.psm1"

function Get-HotFix {
    [CmdletBinding(DefaultParameterSetName = 'Default')]
    param(
        [Parameter(Position = 0, ParameterSetName = 'Default')] [Alias('HFID')] [string[]] $Id,
        [Parameter(ParameterSetName = 'Description')] [string[]] $Description,
        [Alias('CN', '__Server', 'IPAddress')] [string[]] $ComputerName, [pscredential] $Credential)
    $state = Open-StandIn $PSCmdlet HotFix
    if (-not $state) { return }
    $found = 0
    foreach ($one in $state.Updates) {
        if ($Id -and $Id -notcontains $one.HotFixID) { continue }
        if ($Description -and -not @($Description | Where-Object { $one.Description -like $_ }).Count) { continue }
        $found++
        [pscustomobject] @{
            CSName      = $env:COMPUTERNAME
            Source      = $env:COMPUTERNAME
            Description = $one.Description
            HotFixID    = $one.HotFixID
            InstalledBy = 'NT AUTHORITY\SYSTEM'
            InstalledOn = if ($one.InstalledOn) { [datetime] $one.InstalledOn }
        }
    }
    if ($found -or -not $Id) { return }
    $text = "Cannot find the requested hotfix on the '$env:COMPUTERNAME' computer. " +
    'Verify the input and run the command again.'
    Write-StandInError $PSCmdlet 'GetHotFixNoEntriesFound' 'ObjectNotFound' $text
}
Export-ModuleMember -Function Get-HotFix
