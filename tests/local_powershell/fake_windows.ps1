# Services, rights and ports in tables, in place of what only Windows has.
$script:Services = @{ RasMan = 'Running'; RemoteAccess = 'Running'; IAS = 'Stopped'; Dies = 'Running' }
$script:Startups = @{ RasMan = 3; RemoteAccess = 2; IAS = 4; Dies = 2 }
$script:Delayed = @{ RemoteAccess = 1 }
$script:Needing = @{ RasMan = 'RemoteAccess' }
$script:Said = @()

function Get-Service {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name)
    if (-not $script:Services.ContainsKey($Name)) {
        Write-Error -ErrorId 'NoServiceFoundForGivenName' -Message "Cannot find any service with service name '$Name'."
    }
    $needing = @()
    if ($script:Needing.ContainsKey($Name)) { $needing = @(Get-Service -Name $script:Needing[$Name]) }
    [pscustomobject] @{ ServiceName = $Name; Status = $script:Services[$Name]; DependentServices = $needing }
}

function Get-ItemProperty {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $LiteralPath, [Parameter(Mandatory)] [string] $Name)
    $key = ($LiteralPath -split '\\')[-1]
    if ($Name -eq 'Start') { return [pscustomobject] @{ Start = $script:Startups[$key] } }
    if ($Name -eq 'DelayedAutostart' -and $script:Delayed.ContainsKey($key)) {
        return [pscustomobject] @{ DelayedAutostart = $script:Delayed[$key] }
    }
    if ($Name -eq 'MatchingDeviceId') { return [pscustomobject] @{ MatchingDeviceId = $key } }
    if ($Name -eq 'MaxWanEndpoints' -and $key -eq 'MS_SSTPMINIPORT') { return [pscustomobject] @{ MaxWanEndpoints = 128 } }
    Write-Error -Message "Property $Name does not exist."
}

function Get-ChildItem {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $LiteralPath)
    foreach ($name in 'MS_SSTPMINIPORT', 'ms_l2tpminiport') { [pscustomobject] @{ PSPath = "$LiteralPath\$name" } }
}

$script:Ports = $null

function Get-VpnServerConfiguration {
    [CmdletBinding()]
    param()
    if ($null -eq $script:Ports) { Write-Error -Message "RemoteAccess is`r`nnot configured." }
    $script:Ports
}

function Set-VpnServerConfiguration {
    [CmdletBinding()]
    param([uint32] $Ikev2Ports, [uint32] $SstpPorts, [uint32] $L2tpPorts, [uint32] $GrePorts)
    foreach ($name in $PSBoundParameters.Keys) {
        if ($name -like '*Ports') {
            $script:Said += "$name $($PSBoundParameters[$name])".ToLowerInvariant()
            $script:Ports.$name = $PSBoundParameters[$name]
        }
    }
}
