# Events of a log, as records of one line each: those that are asked for by provider and id, newest first, then what is to be
# said of the log. Of an event only the fields that are asked for, as their texts are in the language of the host. Read only.
# Calls Get-WinEvent of Diagnostics: FilterHashtable MaxEvents.

function Find-AovpnEventLog {
    # The name of the first of these logs that the host has. Every Windows has the three that may not be asked for by all.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string[]] $Logs)
    if (@('Application', 'Security', 'System') -contains $Logs[0]) { return $Logs[0] }
    $log = Find-AovpnLog -Logs $Logs
    if ($null -eq $log) { return }
    if (-not $log.IsEnabled) { throw "The log $($log.LogName) is turned off: nothing is logged in it." }
    [string] $log.LogName
}

function Read-AovpnEventLog {
    # The newest events with these ids in one query. A part of it takes 20 ids: Windows refuses more than 23. Providers are
    # not asked for: where the host lacks one of them, Get-WinEvent says that nothing was found.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Log,
        [Parameter(Mandatory)] [int[]] $Ids,
        [Parameter(Mandatory)] [int] $Seconds,
        [Parameter(Mandatory)] [int] $Most
    )
    $since = [DateTime]::UtcNow.AddSeconds(-$Seconds)
    $filters = @(for ($at = 0; $at -lt $Ids.Count; $at += 20) {
            $last = $at + 19
            if ($last -ge $Ids.Count) { $last = $Ids.Count - 1 }
            @{ LogName = $Log; StartTime = $since; Id = $Ids[$at..$last] }
        })
    $faults = @()
    $read = @{ FilterHashtable = $filters; MaxEvents = $Most }
    Get-WinEvent @read -ErrorAction SilentlyContinue -ErrorVariable faults
    Assert-AovpnLogRead -Log $Log -Faults @($faults) -Nothing 'NoMatchingEventsFound'
}

function Get-AovpnEventData {
    # The data of an event by name, which Windows has in its XML alone; Binary is what a classic event has beside its texts.
    # What a stranger has typed, such as a user name, may hold characters that XML cannot: without them it is read as well.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [object] $Record)
    $data = @{}
    $text = $Record.ToXml() -replace '[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]|&#[^;]*;', ''
    foreach ($item in ([xml] $text).SelectNodes("//*[local-name() = 'EventData']/*")) {
        $name = if ($item.LocalName -eq 'Binary') { 'Binary' } else { $item.GetAttribute('Name') }
        if ($name -ne '') { $data[$name] = $item.InnerText }
    }
    $data
}

function Select-AovpnEventField {
    # The fields that are asked for, each by its name or by its position; those that the event lacks are left out.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [object] $Record,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [object[]] $Fields
    )
    $found = [ordered]@{}
    $data = $null
    foreach ($field in $Fields) {
        $value = $null
        if ($field -is [int]) {
            if ($field -lt $Record.Properties.Count) { $value = $Record.Properties[$field].Value }
        }
        else {
            if ($null -eq $data) { $data = Get-AovpnEventData -Record $Record }
            $value = $data[$field]
        }
        if ($null -eq $value) { continue }
        $text = [string] $value
        if ($text.Length -gt 256) { $text = $text.Substring(0, 256) }
        $found["$field"] = $text
    }
    $found
}

function Select-AovpnEventUser {
    # Of an event that has a fixed token in one of its texts: the token, and the user that is named in the text.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [object] $Record, [Parameter(Mandatory)] [string] $Token)
    if (-not (Test-AovpnEventText -Record $Record -Text $Token)) { return }
    $found = [ordered]@{ token = $Token }
    foreach ($property in $Record.Properties) {
        $user = [regex]::Match([string] $property.Value, '\bfor User\s+(\S{1,256})')
        if ($user.Success) { $found['user'] = $user.Groups[1].Value }
    }
    $found
}

function ConvertTo-AovpnEventLine {
    # The record of an event; nothing for one of another provider, or without the token that is asked for.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Id,
        [Parameter(Mandatory)] [object] $Record,
        [Parameter(Mandatory)] [hashtable] $Wanted,
        [Parameter(Mandatory)] [AllowEmptyString()] [string] $Token
    )
    $provider = [string] $Record.ProviderName
    if ($Token -ne '') {
        $fields = Select-AovpnEventUser -Record $Record -Token $Token
        if ($null -eq $fields) { return }
    }
    else {
        if (-not $Wanted.ContainsKey($provider) -or -not $Wanted[$provider].ContainsKey("$($Record.Id)")) { return }
        $fields = Select-AovpnEventField -Record $Record -Fields @($Wanted[$provider]["$($Record.Id)"])
    }
    $time = ''
    if ($null -ne $Record.TimeCreated) { $time = $Record.TimeCreated.ToUniversalTime().ToString('o') }
    $line = [ordered]@{ event = $Id; provider = $provider; id = [int] $Record.Id; time = $time }
    $line.host = [string] $Record.MachineName
    $line.fields = $fields
    ConvertTo-AovpnText $line
}

function Get-AovpnEvents {
    # Wanted is @{ provider = @{ id = fields } }. Signs are ids that are not wanted, but show that something is logged: one of
    # them is looked for where nothing else was found.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Id,
        [Parameter(Mandatory)] [string[]] $Logs,
        [Parameter(Mandatory)] [hashtable] $Wanted,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [int[]] $Signs,
        [Parameter(Mandatory)] [AllowEmptyString()] [string] $Token,
        [Parameter(Mandatory)] [int] $Seconds,
        [Parameter(Mandatory)] [int] $Most
    )
    $about = [ordered]@{ log = $Id; name = $null; ok = $true; all = $true; logged = $null }
    $lines = @()
    try {
        $log = Find-AovpnEventLog -Logs $Logs
        if ($null -ne $log) {
            $about.name = $log
            $ids = @{}
            foreach ($of in $Wanted.Values) { foreach ($one in $of.Keys) { $ids[[int] $one] = $true } }
            $records = @(Read-AovpnEventLog -Log $log -Ids ([int[]] @($ids.Keys)) -Seconds $Seconds -Most $Most)
            $about.all = $records.Count -lt $Most
            $about.logged = $records.Count -gt 0
            if (-not $about.logged -and $Signs.Count -gt 0) {
                $about.logged = @(Read-AovpnEventLog -Log $log -Ids $Signs -Seconds $Seconds -Most 1).Count -gt 0
            }
            $lines = @(foreach ($record in $records) {
                    ConvertTo-AovpnEventLine -Id $Id -Record $record -Wanted $Wanted -Token $Token
                })
        }
    }
    catch {
        $about.ok = $false
        $about.error = ConvertTo-AovpnError $_
    }
    @($lines; ConvertTo-AovpnText $about) -join "`n"
}
