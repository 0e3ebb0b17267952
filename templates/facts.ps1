# What a host says about itself, in one line: each fact is a value, or the reason why it cannot be read.

function Get-AovpnFact {
    # @{ value } or @{ reason }; with -List the value is a list, of none or one as well.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [scriptblock] $Read, [switch] $List)
    try {
        $value = & $Read
        if ($List) { return [ordered]@{ value = [string[]] @($value) } }
        # Nothing is not yet null: 5.1 prints it as {}.
        if ($null -eq $value) { $value = $null }
        [ordered]@{ value = $value }
    }
    catch { [ordered]@{ reason = (ConvertTo-AovpnError $_).message -replace '\s+', ' ' } }
}

function Get-AovpnBootMark {
    # What every boot has of its own: id and start of the process that starts the services. The time of the boot moves with
    # the clock, the start of a process stays as it was noted.
    [CmdletBinding()]
    param()
    $found = @(Get-CimInstance -ClassName Win32_Process -Filter "Name = 'services.exe'" | Where-Object { $_.CreationDate })
    if ($found.Count -eq 0) { throw 'The process services.exe does not tell its start.' }
    $first = $found[0]
    foreach ($process in $found) { if ($process.CreationDate -lt $first.CreationDate) { $first = $process } }
    "$($first.ProcessId) $($first.CreationDate.ToUniversalTime().ToString('o'))"
}

function Get-AovpnServiceFact {
    # Whether a restart is outstanding is judged by the start of the process, where it hosts nothing else.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name)
    $text = $Name.Replace('\', '\\').Replace("'", "\'")
    $service = Get-CimInstance -ClassName Win32_Service -Filter "Name = '$text'"
    if ($null -eq $service) {
        $other = @(Get-CimInstance -ClassName Win32_Service -Filter "DisplayName = '$text'")
        if ($other.Count -gt 0) { throw "$Name is a display name: the service is called $($other[0].Name)." }
        return
    }
    $started = $null
    $alone = $null
    if ($service.ProcessId) {
        $process = Get-CimInstance -ClassName Win32_Process -Filter "ProcessId = $($service.ProcessId)"
        if ($null -ne $process -and $null -ne $process.CreationDate) {
            $started = $process.CreationDate.ToUniversalTime().ToString('o')
        }
        $alone = @(Get-CimInstance -ClassName Win32_Service -Filter "ProcessId = $($service.ProcessId)").Count -eq 1
    }
    [ordered]@{
        state      = [string] $service.State
        start_mode = [string] $service.StartMode
        account    = [string] $service.StartName
        started    = $started
        alone      = $alone
    }
}

function Get-AovpnServicesBelow {
    # The services whose programs lie in the folder that a value of the registry names. A whole disk, or many services,
    # are no folder of a program.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Value)
    $names = $Value -split '\\'
    $key = $names[0..($names.Count - 2)] -join '\'
    $data = Get-AovpnRegistryData -Key "Registry::$key" -Name $names[-1]
    $folder = if ($data -is [string]) { $data.Trim('"').TrimEnd('\') } else { '' }
    if ($folder -cnotmatch '^[A-Za-z]:\\[^\\]+\\[^\\]') { throw "$Value names no folder of a program." }
    $found = @(foreach ($service in Get-CimInstance -ClassName Win32_Service) {
            $program = "$($service.PathName)" -replace '\A"', ''
            if ($program.StartsWith("$folder\", 'OrdinalIgnoreCase')) { [string] $service.Name }
        })
    if ($found.Count -gt 20) { throw "$($found.Count) services lie in the folder of ${Value}: that is no program." }
    $found
}

function Get-AovpnRoles {
    # The service of RRAS is there on any Windows, but disabled.
    [CmdletBinding()]
    param()
    $services = 'Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services'
    $rras = "$services\RemoteAccess"
    [ordered]@{
        nps       = Get-AovpnFact { Test-Path -LiteralPath "$services\IAS" }
        rras      = Get-AovpnFact {
            (Test-Path -LiteralPath $rras) -and (Get-ItemProperty -LiteralPath $rras -Name 'Start').Start -ne 4
        }
        connector = Get-AovpnFact { Test-Path -LiteralPath "$services\PFXCertificateConnectorSvc" }
    }
}

function Get-AovpnWindowsFacts {
    # Which Windows it is. By the registry, which a reader's account may ask.
    [CmdletBinding()]
    param()
    $key = 'Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
    $options = 'Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ProductOptions'
    [ordered]@{
        os_name      = Get-AovpnFact { [string] (Get-ItemProperty -LiteralPath $key -Name 'ProductName').ProductName }
        os_edition   = Get-AovpnFact { [string] (Get-ItemProperty -LiteralPath $key -Name 'EditionID').EditionID }
        os_build     = Get-AovpnFact { [int] (Get-ItemProperty -LiteralPath $key -Name 'CurrentBuildNumber').CurrentBuildNumber }
        os_ubr       = Get-AovpnFact { [int] (Get-ItemProperty -LiteralPath $key -Name 'UBR').UBR }
        # WinNT is a client, ServerNT a server, LanmanNT a domain controller.
        product_type = Get-AovpnFact { [string] (Get-ItemProperty -LiteralPath $options -Name 'ProductType').ProductType }
    }
}

function Get-AovpnRegistryData {
    # The data of a value; nothing where there is no such value or key. By the provider, which constrained language allows.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Key, [Parameter(Mandatory)] [string] $Name)
    if (-not (Test-Path -LiteralPath $Key)) { return }
    if (@((Get-Item -LiteralPath $Key).Property) -contains $Name) { (Get-ItemProperty -LiteralPath $Key -Name $Name).$Name }
}

function Test-AovpnFileRename {
    # Whether a file is to be moved or deleted: pairs of names, the second one empty to delete. What is deleted below a
    # folder Temp was left over by an installer; nothing waits for that.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [AllowEmptyCollection()] [AllowEmptyString()] [string[]] $Names)
    for ($index = 0; $index -lt $Names.Count; $index += 2) {
        $isMoved = $index + 1 -lt $Names.Count -and $Names[$index + 1] -ne ''
        if ($isMoved -or ($Names[$index] -ne '' -and $Names[$index] -notmatch '\\temp\\')) { return $true }
    }
    $false
}

function Get-AovpnPendingReboot {
    # The reasons why Windows waits for a reboot.
    [CmdletBinding()]
    param()
    $updates = 'Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion'
    $system = 'Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet'
    $names = "$system\Control\ComputerName"
    # Every Windows has this key. Test-Path would say no where there is nothing to ask.
    $null = Get-Item -LiteralPath $names
    if (Test-Path -LiteralPath "$updates\Component Based Servicing\RebootPending") { 'component servicing' }
    if (Test-Path -LiteralPath "$updates\WindowsUpdate\Auto Update\RebootRequired") { 'windows update' }
    foreach ($list in 'PendingFileRenameOperations', 'PendingFileRenameOperations2') {
        $files = [string[]] @(Get-AovpnRegistryData -Key "$system\Control\Session Manager" -Name $list)
        if (Test-AovpnFileRename -Names $files) { 'file rename'; break }
    }
    $now = Get-AovpnRegistryData -Key "$names\ActiveComputerName" -Name 'ComputerName'
    $next = Get-AovpnRegistryData -Key "$names\ComputerName" -Name 'ComputerName'
    if (-not [string]::Equals($now, $next, 'OrdinalIgnoreCase')) { 'computer rename' }
    foreach ($mark in 'JoinDomain', 'AvoidSpnSet') {
        if ($null -ne (Get-AovpnRegistryData -Key "$system\Services\Netlogon" -Name $mark)) { 'domain join'; break }
    }
}

function Get-AovpnSessionCount {
    # VPN sessions; nothing where there is no RRAS, or no cmdlet to ask it with.
    [CmdletBinding()]
    param()
    $asked = @{ Name = 'RemoteAccess\Get-RemoteAccessConnectionStatistics'; CommandType = 'Function', 'Cmdlet' }
    if (-not (Get-Command @asked -ErrorAction SilentlyContinue)) { return }
    @(Get-RemoteAccessConnectionStatistics -ErrorAction Stop).Count
}

function Get-AovpnFacts {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [AllowEmptyCollection()] [string[]] $Services)
    $facts = [ordered]@{}
    $facts.name = Get-AovpnFact { [string] $env:COMPUTERNAME }
    $facts.time = Get-AovpnFact { [DateTime]::UtcNow.ToString('o') }
    $facts.powershell = Get-AovpnFact { [string] $PSVersionTable.PSVersion }
    $facts.edition = Get-AovpnFact { [string] $PSVersionTable.PSEdition }
    $facts.language_mode = Get-AovpnFact { [string] $ExecutionContext.SessionState.LanguageMode }
    $windows = Get-AovpnWindowsFacts
    foreach ($name in $windows.Keys) { $facts[$name] = $windows[$name] }
    $facts.boot = Get-AovpnFact {
        $system = Get-CimInstance -ClassName Win32_OperatingSystem -Property LastBootUpTime
        $system.LastBootUpTime.ToUniversalTime().ToString('o')
    }
    $facts.boot_mark = Get-AovpnFact { Get-AovpnBootMark }
    $facts.domain = Get-AovpnFact {
        $system = Get-CimInstance -ClassName Win32_ComputerSystem -Property 'PartOfDomain', 'Domain'
        if ($system.PartOfDomain) { [string] $system.Domain }
    }
    $facts.machine_guid = Get-AovpnFact {
        $key = 'Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography'
        [string] (Get-ItemProperty -LiteralPath $key -Name 'MachineGuid').MachineGuid
    }
    $facts.administrator = Get-AovpnFact {
        $user = [Security.Principal.WindowsPrincipal] [Security.Principal.WindowsIdentity]::GetCurrent()
        $user.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
    }
    $facts.pending_reboot = Get-AovpnFact { Get-AovpnPendingReboot } -List
    $facts.roles = Get-AovpnRoles
    # Asking a host that has the cmdlets but no RRAS takes long and ends in an error.
    $facts.sessions = Get-AovpnFact { if ($facts.roles.rras['value'] -ne $false) { Get-AovpnSessionCount } }
    $below = [ordered]@{}
    $names = @(foreach ($name in $Services) {
            # A value that names a folder, instead of the services in it.
            if (-not $name.Contains('\')) { $name; continue }
            $below[$name] = Get-AovpnFact { Get-AovpnServicesBelow -Value $name } -List
            $below[$name]['value']
        })
    if ($below.Count -gt 0) { $facts.below = $below }
    $facts.services = [ordered]@{}
    foreach ($name in $names) {
        if ($null -ne $name) { $facts.services[$name] = Get-AovpnFact { Get-AovpnServiceFact -Name $name } }
    }
    ConvertTo-AovpnText ([ordered]@{ facts = $facts })
}
