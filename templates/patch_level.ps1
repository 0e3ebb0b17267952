# How far Windows is patched, for the kinds that judge by it. By the registry, which a reader's account may ask.

function Test-AovpnRegistryText {
    # Whether a value is there with these data; a number is compared as its digits.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Key,
        [Parameter(Mandatory)] [string] $Name,
        [Parameter(Mandatory)] [string] $Text
    )
    [string]::Equals([string] (Get-AovpnRegistryData -Key $Key -Name $Name), $Text, 'OrdinalIgnoreCase')
}

function Get-AovpnHotpatchState {
    # package: the server is enrolled. policy: the client may. vbs, table: what hotpatching needs. The table alone proves nothing.
    [CmdletBinding()]
    param()
    $software = 'Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft'
    $control = 'Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control'
    $package = "$software\Windows NT\CurrentVersion\Update\TargetingInfo\DynamicInstalled\Hotpatch.amd64"
    $size = Get-AovpnRegistryData -Key "$control\Session Manager\Memory Management" -Name 'HotPatchTableSize'
    $policy = @{ Key = "$software\PolicyManager\current\device\Update"; Name = 'AllowRebootlessUpdates' }
    $vbs = @{ Key = "$control\DeviceGuard"; Name = 'EnableVirtualizationBasedSecurity' }
    [ordered]@{
        package = Test-AovpnRegistryText -Key $package -Name 'Name' -Text 'Hotpatch Enrollment Package'
        policy  = Test-AovpnRegistryText @policy -Text '1'
        vbs     = Test-AovpnRegistryText @vbs -Text '1'
        table   = "$size" -match '[1-9]'
    }
}

function Get-AovpnUpdates {
    # The KBs of installed updates, as Get-HotFix lists them; null where they cannot be read.
    [CmdletBinding()]
    param()
    try { $rows = @(Get-CimInstance -ClassName Win32_QuickFixEngineering -ErrorAction Stop) }
    catch { return $null }
    $names = @(foreach ($row in $rows) {
            $name = [string] $row.HotFixID
            if ($name -match '^KB[0-9]{1,9}$') { $name.ToUpperInvariant() }
        })
    , [string[]] $names
}

function Get-AovpnPatchState {
    # @{ build; ubr; product; hotpatch; updates }: ubr is null where Windows does not tell it, updates where hotpatching is not
    # set up: asking for them takes seconds, and only there they decide.
    [CmdletBinding()]
    param()
    $key = 'Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
    $options = 'Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ProductOptions'
    $ubr = Get-AovpnRegistryData -Key $key -Name 'UBR'
    if ($null -ne $ubr) { $ubr = [int] $ubr }
    $hotpatch = Get-AovpnHotpatchState
    $updates = $null
    if ($hotpatch.package -or $hotpatch.policy) { $updates = Get-AovpnUpdates }
    [ordered]@{
        build    = [int] (Get-ItemProperty -LiteralPath $key -Name 'CurrentBuildNumber').CurrentBuildNumber
        ubr      = $ubr
        product  = [string] (Get-ItemProperty -LiteralPath $options -Name 'ProductType').ProductType
        hotpatch = $hotpatch
        updates  = $updates
    }
}
