# Get answers @{ edition; build; joined; tunnel }: EditionID, null where there is none; the build; whether the computer is in a
# domain, null where Windows does not tell; and whether a device tunnel is set up. Read only.

function Get-AovpnDeviceTunnelEligibility {
    [CmdletBinding()]
    param()
    $windows = 'Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
    $edition = Get-AovpnRegistryData -Key $windows -Name 'EditionID'
    # EditionID is a word for programs; the name that people see is in the language of the host, and misses Education.
    if ($null -ne $edition) { $edition = [string] $edition }
    # What is missing here need not decide: an edition that connects no device tunnel does so in no domain either.
    $joined = Get-AovpnFact { [bool] (Get-CimInstance -ClassName Win32_ComputerSystem -Property 'PartOfDomain').PartOfDomain }
    [ordered]@{
        edition = $edition
        build   = [int] (Get-ItemProperty -LiteralPath $windows -Name 'CurrentBuildNumber').CurrentBuildNumber
        joined  = $joined['value']
        tunnel  = Test-Path -LiteralPath 'Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\RasMan\DeviceTunnel'
    }
}
