# netsh of RRAS, which fails on builds of Windows Server 2025 with Win32 error 1702: whatever needs it asks Get-AovpnNetshRas
# first. The answer is told from the exit code and from the words that Windows itself has for its errors, in any language.

function Invoke-AovpnProgram {
    # Runs a program for so many seconds at most: @{ code; said }. The code is null where it did not end and was killed;
    # said are the bytes that it wrote, as one character each.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Path,
        [Parameter(Mandatory)] [string] $Words,
        [Parameter(Mandatory)] [int] $Seconds
    )
    $start = New-Object -TypeName System.Diagnostics.ProcessStartInfo -ArgumentList $Path, $Words
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($start)
    $said = New-Object -TypeName System.IO.MemoryStream
    try {
        # A program that asks gets no answer instead of the time of all.
        $process.StandardInput.Close()
        $writing = $process.StandardOutput.BaseStream.CopyToAsync($said)
        $complaining = $process.StandardError.BaseStream.CopyToAsync([System.IO.Stream]::Null)
        $code = $null
        if ($process.WaitForExit($Seconds * 1000)) { $code = $process.ExitCode } else { $process.Kill() }
        # A process that it has started may hold its output open.
        if (-not $writing.Wait(5000)) { throw "The output of $Path has no end." }
        $null = $complaining
        @{ code = $code; said = [System.Text.Encoding]::GetEncoding(28591).GetString($said.ToArray()) }
    }
    finally { $process.Dispose() }
}

function Get-AovpnCodePages {
    # The encodings in which a program of Windows may write: those of consoles and of windows on this host, and UTF-8.
    [CmdletBinding()]
    param()
    $key = 'Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Nls\CodePage'
    foreach ($name in 'OEMCP', 'ACP') {
        [System.Text.Encoding]::GetEncoding([int] (Get-ItemProperty -LiteralPath $key -Name $name).$name)
    }
    [System.Text.Encoding]::UTF8
}

function Test-AovpnErrorText {
    # Whether what a program said has the text of a Win32 error in the language of the host, however its lines are broken.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [AllowEmptyString()] [string] $Said,
        [Parameter(Mandatory)] [int] $Code
    )
    $bytes = [System.Text.Encoding]::GetEncoding(28591)
    $text = $Said -replace '\s+', ' '
    $words = (New-Object -TypeName System.ComponentModel.Win32Exception -ArgumentList $Code).Message.Trim()
    foreach ($page in Get-AovpnCodePages) {
        $expected = $bytes.GetString($page.GetBytes($words)) -replace '\s+', ' '
        if ($text.IndexOf($expected, [System.StringComparison]::Ordinal) -ge 0) { return $true }
    }
    $false
}

function Get-AovpnSaidText {
    # The beginning of what a program said, in one line of text.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [AllowEmptyString()] [string] $Said)
    $page = @(Get-AovpnCodePages)[0]
    $text = $page.GetString([System.Text.Encoding]::GetEncoding(28591).GetBytes($Said)) -replace '\s+', ' '
    $text = $text.Trim()
    if ($text.Length -gt 200) { return $text.Substring(0, 200) }
    $text
}

function Get-AovpnNetshRas {
    # Whether netsh can be used for RRAS: @{ fault; code; said }. The fault is none, 1702, exit (another exit code), empty (it
    # says nothing, though there are ports to tell of) or deadline; said is the beginning of what it said instead.
    [CmdletBinding()]
    param()
    $done = Invoke-AovpnProgram -Path "$env:SystemRoot\System32\netsh.exe" -Words 'ras show wanports' -Seconds 30
    $said = Get-AovpnSaidText -Said $done.said
    $fault = 'none'
    if ($null -eq $done.code) { $fault = 'deadline' }
    elseif ($done.code -eq 1702 -or (Test-AovpnErrorText -Said $done.said -Code 1702)) { $fault = '1702' }
    elseif ($done.code -ne 0) {
        $fault = 'exit'
        # Access is denied, and elevation is required.
        foreach ($refusal in 5, 740) {
            if ($done.code -eq $refusal -or (Test-AovpnErrorText -Said $done.said -Code $refusal)) {
                throw "netsh ras refuses this account: reading it needs an administrator of the host ($said)"
            }
        }
    }
    elseif ($said -eq '') { $fault = 'empty' }
    else { $said = '' }
    [ordered]@{ fault = $fault; code = $done.code; said = $said }
}
