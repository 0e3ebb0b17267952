# Get answers @{ names; proxy }. names: for each name, in its order, @{ name; error; tried }: error says why the name has no
# address, null where it has one; tried are its addresses, each @{ address; result }, which is open, timeout or what Windows
# calls the error. proxy: what WinHTTP is set to, in base64, null where it is not set. All at once. Read only.

function Get-AovpnSocketError {
    # What Windows calls the error of a task.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [object] $Fault)
    $deepest = $Fault
    while ($null -ne $deepest.InnerException) { $deepest = $deepest.InnerException }
    $code = $deepest.PSObject.Properties['SocketErrorCode']
    if ($null -ne $code) { return [string] $code.Value }
    [string] $deepest.Message
}

function Start-AovpnConnection {
    # Begins to connect to one address; @{ address; client; task; error }.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [System.Net.IPAddress] $Address, [Parameter(Mandatory)] [int] $Port)
    $one = @{ address = $Address.ToString(); client = $null; task = $null; error = $null }
    try {
        $one.client = New-Object -TypeName System.Net.Sockets.TcpClient -ArgumentList $Address.AddressFamily
        $one.task = $one.client.ConnectAsync($Address, $Port)
    }
    # A host without IPv6.
    catch { $one.error = Get-AovpnSocketError -Fault $_.Exception }
    $one
}

function Get-AovpnConnection {
    # open, timeout, or the error, so far.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [hashtable] $One)
    if ($null -ne $One.error) { return $One.error }
    if (-not $One.task.IsCompleted) { return 'timeout' }
    if ($One.task.IsFaulted) { return Get-AovpnSocketError -Fault $One.task.Exception }
    'open'
}

function Test-AovpnDecided {
    # Whether nothing more is to be learnt of a name; begins to connect as soon as its addresses are known.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [hashtable] $Asked, [Parameter(Mandatory)] [int] $Port)
    if (-not $Asked.lookup.IsCompleted) { return $false }
    if ($Asked.lookup.IsFaulted) { return $true }
    if ($null -eq $Asked.tries) {
        $addresses = @($Asked.lookup.Result)
        # Nobody's name has more, but an answer of DNS may.
        if ($addresses.Count -gt 8) { $addresses = $addresses[0..7] }
        $Asked.tries = @(foreach ($address in $addresses) { Start-AovpnConnection -Address $address -Port $Port })
    }
    $waits = $false
    foreach ($one in $Asked.tries) {
        $result = Get-AovpnConnection -One $one
        if ($result -eq 'open') { return $true }
        if ($result -eq 'timeout') { $waits = $true }
    }
    -not $waits
}

function Get-AovpnReached {
    # @{ name; error; tried } of a name.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [hashtable] $Asked)
    $fault = $null
    if (-not $Asked.lookup.IsCompleted) { $fault = 'timeout' }
    elseif ($Asked.lookup.IsFaulted) { $fault = Get-AovpnSocketError -Fault $Asked.lookup.Exception }
    $tried = @(foreach ($one in @($Asked.tries)) {
            if ($null -eq $one) { continue }
            [ordered]@{ address = $one.address; result = Get-AovpnConnection -One $one }
        })
    [ordered]@{ name = $Asked.name; error = $fault; tried = [object[]] $tried }
}

function Get-AovpnProxySetting {
    # What services go by: that of a user is another one.
    [CmdletBinding()]
    param()
    $key = 'Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections'
    $found = Get-ItemProperty -LiteralPath $key -Name 'WinHttpSettings' -ErrorAction SilentlyContinue
    if ($null -eq $found) { return $null }
    [System.Convert]::ToBase64String([byte[]] $found.WinHttpSettings)
}

function Get-AovpnTcpReach {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string[]] $Names,
        [Parameter(Mandatory)] [int] $Port,
        [Parameter(Mandatory)] [int] $Seconds
    )
    $all = @(foreach ($name in $Names) {
            @{ name = $name; lookup = [System.Net.Dns]::GetHostAddressesAsync($name); tries = $null }
        })
    # Counted in pauses: the clock may be set meanwhile.
    for ($pauses = $Seconds * 20; $pauses -gt 0; $pauses--) {
        $waiting = @($all | Where-Object { -not (Test-AovpnDecided -Asked $_ -Port $Port) })
        if ($waiting.Count -eq 0) { break }
        Start-Sleep -Milliseconds 50
    }
    $reached = @(foreach ($asked in $all) { Get-AovpnReached -Asked $asked })
    foreach ($asked in $all) {
        foreach ($one in @($asked.tries)) { if ($null -ne $one -and $null -ne $one.client) { $one.client.Close() } }
    }
    [ordered]@{ names = [object[]] $reached; proxy = Get-AovpnProxySetting }
}
