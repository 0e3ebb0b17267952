# Get answers nothing where the phonebook has no section of this name, or is not there; else @{ phonebook; section; build } and
# each setting as its line has it, null where there is no line. The section is its whole text, which is the copy to put back by hand.
# Set changes lines of this section alone. Every other byte of the file stays, as RAS and other programs wrote it.

function Get-AovpnPhonebook {
    # @{ root; path }: the phonebook of all users, or that of one user below his own folder.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [AllowEmptyString()] [string] $User)
    $below = 'Microsoft\Network\Connections\Pbk\rasphone.pbk'
    # Not by the variables of the environment, which a profile may have set.
    if ($User -eq '') { $root = [Environment]::GetFolderPath('CommonApplicationData'); return @{ root = $root; path = "$root\$below" } }
    $sid = Resolve-AovpnAccount -Account $User
    if ($null -eq $sid) {
        throw "The host does not know the account ${User}: check its spelling, and that a domain controller can be reached."
    }
    $profiles = 'HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList'
    $root = Get-AovpnKeyText -Key "$profiles\$sid" -Name 'ProfileImagePath'
    if ($null -eq $root) { throw "$User ($sid) has no profile on this host: that user has never logged on here." }
    $root = $root.TrimEnd('\')
    # Known only while that user is logged on.
    $folders = 'Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders'
    $roaming = Get-AovpnKeyText -Key "HKEY_USERS\$sid\$folders" -Name 'AppData' -Raw
    $usual = @('%USERPROFILE%\AppData\Roaming', "$root\AppData\Roaming")
    if ($null -ne $roaming -and @($usual | Where-Object { [string]::Equals($_, $roaming.TrimEnd('\'), 'OrdinalIgnoreCase') }).Count -eq 0) {
        throw "AppData of $User is redirected to ${roaming}: the phonebook there is not read."
    }
    @{ root = $root; path = "$root\AppData\Roaming\$below" }
}

function Get-AovpnKeyText {
    # The text of a value, or nothing; with -Raw as it is written, with the names of variables.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Key, [Parameter(Mandatory)] [string] $Name, [switch] $Raw)
    $item = Open-AovpnKey -Key $Key
    if ($null -eq $item) { return }
    try {
        $options = if ($Raw) { 'DoNotExpandEnvironmentNames' } else { 'None' }
        $data = $item.GetValue($Name, $null, $options)
        if ($data -is [string]) { $data }
    }
    finally { $item.Close() }
}

function Assert-AovpnNoLink {
    # A user may turn a folder of his own into a link to any place, and this runs as an administrator.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Root, [Parameter(Mandatory)] [string] $Path)
    $place = $Path
    while ($place.Length -gt $Root.Length) {
        $isLink = $false
        try { $isLink = ([int] [IO.File]::GetAttributes($place) -band [int] [IO.FileAttributes]::ReparsePoint) -ne 0 }
        catch [IO.FileNotFoundException], [IO.DirectoryNotFoundException] { $null = $_ }
        if ($isLink) { throw "$place is a link, which is not followed." }
        $place = [IO.Path]::GetDirectoryName($place)
    }
}

function Read-AovpnFileBytes {
    # The bytes of a file in @{ bytes }; nothing where there is no such file. Who writes it meanwhile is not locked out.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Path)
    # File.Exists says no as well where it may not look.
    try { $stream = New-Object -TypeName IO.FileStream -ArgumentList $Path, 'Open', 'Read', 'ReadWrite, Delete' }
    catch {
        $fault = $_.Exception
        while ($null -ne $fault.InnerException) { $fault = $fault.InnerException }
        if ($fault -is [IO.FileNotFoundException] -or $fault -is [IO.DirectoryNotFoundException]) { return }
        throw "$Path cannot be read: $($fault.Message)"
    }
    try {
        if ($stream.Length -gt 4194304) { throw "$Path has $($stream.Length) bytes: that is no phonebook." }
        $copy = New-Object -TypeName IO.MemoryStream
        $stream.CopyTo($copy)
        @{ bytes = $copy.ToArray() }
    }
    finally { $stream.Dispose() }
}

function Get-AovpnPhonebookEncoding {
    # @{ encoding; mark }: with the mark at the beginning of the file, or UTF-8 as RAS writes it. Bytes that are not UTF-8 are
    # read one by one, so that none of them is lost.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [AllowEmptyCollection()] [byte[]] $Bytes)
    $most = if ($Bytes.Length -lt 3) { $Bytes.Length } else { 3 }
    $start = [BitConverter]::ToString($Bytes, 0, $most)
    if ($start -cmatch '^(FF-FE|FE-FF)') {
        $isBig = $start.StartsWith('FE', 'Ordinal')
        return @{ encoding = New-Object -TypeName Text.UnicodeEncoding -ArgumentList $isBig, $false, $true; mark = 2 }
    }
    $utf8 = New-Object -TypeName Text.UTF8Encoding -ArgumentList $false, $true
    $mark = if ($start -eq 'EF-BB-BF') { 3 } else { 0 }
    try { $null = $utf8.GetString($Bytes) } catch { return @{ encoding = [Text.Encoding]::GetEncoding(28591); mark = 0 } }
    @{ encoding = $utf8; mark = $mark }
}

function Find-AovpnSection {
    # @{ start; end } of the section of this name in the text, its header included; nothing where there is none.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [AllowEmptyString()] [string] $Text,
        [Parameter(Mandatory)] [string] $Name,
        [Parameter(Mandatory)] [Text.Encoding] $Encoding
    )
    $names = @($Name)
    if ($Encoding.CodePage -eq 28591) {
        # A file that is not UTF-8 throughout: each section may be in UTF-8 or in the code page of the host.
        $names = @([Text.Encoding]::UTF8, [Text.Encoding]::GetEncoding(0) | ForEach-Object { $Encoding.GetString($_.GetBytes($Name)) })
    }
    $headers = [regex]::Matches($Text, '(?m)^[ \t]*\[([^\r\n]*)\][ \t]*\r?$')
    $found = @()
    for ($index = 0; $index -lt $headers.Count; $index++) {
        $its = $headers[$index].Groups[1].Value
        if (@($names | Where-Object { [string]::Equals($_, $its, 'OrdinalIgnoreCase') }).Count -eq 0) { continue }
        $end = if ($index + 1 -lt $headers.Count) { $headers[$index + 1].Index } else { $Text.Length }
        $found += @{ start = $headers[$index].Index; end = $end }
    }
    if ($found.Count -gt 1) { throw "The phonebook has $($found.Count) sections [$Name]: the one in force is unknown." }
    $found
}

function Open-AovpnPhonebook {
    # What is known of the entry: @{ path; bytes; text; encoding; mark; start; end }; nothing where there is no such entry.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name, [Parameter(Mandatory)] [AllowEmptyString()] [string] $User)
    $book = Get-AovpnPhonebook -User $User
    $path = $book.path
    Assert-AovpnNoLink -Root $book.root -Path $path
    $read = Read-AovpnFileBytes -Path $path
    if ($null -eq $read) {
        if ([IO.File]::Exists("$path.aovpn-old")) { throw "$path is missing, but $path.aovpn-old is there: rename it, a change was cut off." }
        return
    }
    $how = Get-AovpnPhonebookEncoding -Bytes $read.bytes
    try { $text = $how.encoding.GetString($read.bytes, $how.mark, $read.bytes.Length - $how.mark) }
    catch { throw "$path cannot be read: it begins as UTF-16 and is none." }
    $section = Find-AovpnSection -Text $text -Name $Name -Encoding $how.encoding
    if ($null -eq $section) { return }
    @{
        path = $path; bytes = $read.bytes; text = $text; encoding = $how.encoding; mark = $how.mark
        start = $section.start; end = $section.end
    }
}

function Get-AovpnEntryKeys {
    # The settings, by the names that states have for them.
    [CmdletBinding()]
    param()
    [ordered]@{
        vpn_strategy                      = 'VpnStrategy'
        disable_mobility                  = 'DisableMobility'
        network_outage_time               = 'NetworkOutageTime'
        ip_interface_metric               = 'IpInterfaceMetric'
        ipv6_interface_metric             = 'Ipv6InterfaceMetric'
        use_ras_credentials               = 'UseRasCredentials'
        cache_credentials                 = 'CacheCredentials'
        ip_dns_flags                      = 'IpDnsFlags'
        disable_class_based_default_route = 'DisableClassBasedDefaultRoute'
    }
}

function Get-AovpnEntryHead {
    # The length of the lines of the connection itself. Those of its network components, media and devices come behind.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Section)
    $group = [regex]::Match($Section, '(?m)^[ \t]*(NETCOMPONENTS|MEDIA|DEVICE)[ \t]*=', 'IgnoreCase, CultureInvariant')
    if ($group.Success) { $group.Index } else { $Section.Length }
}

function Find-AovpnEntryLine {
    # The line of a setting: a match whose group 1 is its value; nothing where there is none.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Section, [Parameter(Mandatory)] [string] $Key)
    $head = $Section.Substring(0, (Get-AovpnEntryHead -Section $Section))
    $lines = [regex]::Matches($head, "(?m)^[ \t]*$Key=([^\r\n]*)\r?(\n|\z)", 'IgnoreCase, CultureInvariant')
    if ($lines.Count -gt 1) { throw "$Key stands $($lines.Count) times in the section: the one in force is unknown." }
    if ($lines.Count -eq 1) { $lines[0] }
}

function Get-AovpnRasphoneEntry {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name, [Parameter(Mandatory)] [AllowEmptyString()] [string] $User)
    $entry = Open-AovpnPhonebook -Name $Name -User $User
    if ($null -eq $entry) { return }
    $section = $entry.text.Substring($entry.start, $entry.end - $entry.start)
    $state = [ordered]@{}
    $keys = Get-AovpnEntryKeys
    foreach ($setting in $keys.Keys) {
        $line = Find-AovpnEntryLine -Section $section -Key $keys[$setting]
        $state[$setting] = if ($null -ne $line) { $line.Groups[1].Value } else { $null }
    }
    $state.phonebook = $entry.path
    $state.section = $section
    $windows = 'Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
    $state.build = [int] (Get-ItemProperty -LiteralPath $windows -Name 'CurrentBuildNumber').CurrentBuildNumber
    $state
}

function Edit-AovpnEntrySection {
    # The section with this value of a setting: in the place of the old one, or in a new line before those of the groups. Null
    # takes the line away.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Section,
        [Parameter(Mandatory)] [string] $Key,
        [Parameter(Mandatory)] [AllowNull()] [AllowEmptyString()] [object] $Value
    )
    $line = Find-AovpnEntryLine -Section $Section -Key $Key
    if ($null -ne $line) {
        if ($null -eq $Value) { return $Section.Remove($line.Index, $line.Length) }
        $old = $line.Groups[1]
        return $Section.Remove($old.Index, $old.Length).Insert($old.Index, [string] $Value)
    }
    if ($null -eq $Value) { return $Section }
    # Behind the header, and behind the encoding, by which RAS begins a section.
    $header = [regex]::Match($Section, '\A[^\r\n]*(\r?\n)([ \t]*Encoding=[^\n]*\n)?', 'IgnoreCase, CultureInvariant')
    if (-not $header.Success) { throw 'The section has no lines.' }
    $Section.Insert($header.Length, "$Key=$Value$($header.Groups[1].Value)")
}

function Write-AovpnFileBeside {
    # The bytes in a new file, on the disk before anything is replaced by it.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Path, [Parameter(Mandatory)] [byte[]] $Bytes)
    $stream = New-Object -TypeName IO.FileStream -ArgumentList $Path, 'CreateNew', 'Write', 'None'
    try { $stream.Write($Bytes, 0, $Bytes.Length); $stream.Flush($true) } finally { $stream.Dispose() }
}

function Switch-AovpnFile {
    # Puts a file in the place of another at once, which keeps its rights and lies beside it meanwhile.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $New,
        [Parameter(Mandatory)] [string] $Path,
        [Parameter(Mandatory)] [string] $Old
    )
    [IO.File]::Replace($New, $Path, $Old)
}

function Set-AovpnFileBytes {
    # Replaces the content of a file, if it is still the old one: beside it first, then at once. Whatever goes wrong, the file is
    # there, with the old bytes or with the new ones.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Path,
        [Parameter(Mandatory)] [byte[]] $Before,
        [Parameter(Mandatory)] [byte[]] $Bytes
    )
    $new = "$Path.aovpn-new"
    $old = "$Path.aovpn-old"
    # What an earlier change has left over while the file itself is there is of no use.
    [IO.File]::Delete($new)
    [IO.File]::Delete($old)
    try {
        Write-AovpnFileBeside -Path $new -Bytes $Bytes
        $now = Read-AovpnFileBytes -Path $Path
        if ($null -eq $now -or (Get-AovpnHash -Bytes $now.bytes) -ne (Get-AovpnHash -Bytes $Before)) {
            throw "$Path has been changed by something else meanwhile: nothing is written."
        }
        Switch-AovpnFile -New $new -Path $Path -Old $old
    }
    finally {
        # Windows may have moved the old file away and not the new one to its place.
        if (-not [IO.File]::Exists($Path) -and [IO.File]::Exists($old)) { [IO.File]::Move($old, $Path) }
        foreach ($rest in $new, $old) { try { [IO.File]::Delete($rest) } catch { $null = $_ } }
    }
}

function Set-AovpnRasphoneEntry {
    # Desired has the settings to write, by the names that Get has for them; null takes a line away.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Name,
        [Parameter(Mandatory)] [AllowEmptyString()] [string] $User,
        [Parameter(Mandatory)] [hashtable] $Desired
    )
    $entry = Open-AovpnPhonebook -Name $Name -User $User
    if ($null -eq $entry) { throw "The phonebook has no section [$Name] any more." }
    $before = $entry.text.Substring($entry.start, $entry.end - $entry.start)
    $section = $before
    $keys = Get-AovpnEntryKeys
    foreach ($setting in $keys.Keys) {
        if (-not $Desired.ContainsKey($setting)) { continue }
        $value = $Desired[$setting]
        if ($value -match '[\r\n]') { throw "The value of $($keys[$setting]) is no line." }
        $section = Edit-AovpnEntrySection -Section $section -Key $keys[$setting] -Value $value
    }
    if ([string]::CompareOrdinal($section, $before) -eq 0) { return }
    $text = $entry.text.Remove($entry.start, $entry.end - $entry.start).Insert($entry.start, $section)
    $all = New-Object -TypeName IO.MemoryStream
    $all.Write($entry.bytes, 0, $entry.mark)
    $written = $entry.encoding.GetBytes($text)
    $all.Write($written, 0, $written.Length)
    Set-AovpnFileBytes -Path $entry.path -Before $entry.bytes -Bytes $all.ToArray()
}
