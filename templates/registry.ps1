# Keys of the registry by .NET, for the kinds that take any name: the registry provider takes a / for a parting of keys.

function Get-AovpnHive {
    # The root that a key with a long hive name lies in; the 64-bit view, also from a 32-bit endpoint.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Key)
    $hives = @{
        HKEY_LOCAL_MACHINE  = 'LocalMachine'
        HKEY_CURRENT_USER   = 'CurrentUser'
        HKEY_CLASSES_ROOT   = 'ClassesRoot'
        HKEY_USERS          = 'Users'
        HKEY_CURRENT_CONFIG = 'CurrentConfig'
    }
    # On 5.1 keys of a table compare by culture, without case: in the case of the table there is nothing to compare.
    $hive = $hives[($Key -split '\\')[0].ToUpperInvariant()]
    if ($null -eq $hive) { throw "$Key does not begin with the long name of a hive." }
    [Microsoft.Win32.RegistryKey]::OpenBaseKey($hive, 'Registry64')
}

function Open-AovpnKey {
    # The key, or null where it is missing.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Key, [switch] $Write)
    try { (Get-AovpnHive -Key $Key).OpenSubKey(($Key -split '\\', 2)[1], [bool] $Write) }
    catch [System.Security.SecurityException] {
        # It does not say of what.
        throw @{ AovpnId = 'SecurityException'; Message = "$((ConvertTo-AovpnError $_).message) ($Key)" }
    }
}
