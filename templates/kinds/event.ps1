# Get answers @{ log; enabled; newest; all; service }: the first of these logs that the host has (null where it has none) and
# whether it is written to; the newest event that is asked for, @{ time; id; provider }, logged since the service started,
# null where there is none; all is false where older ones were not looked at; the service as the facts tell it, null where
# there is none. Read only.
# Calls Get-WinEvent of Diagnostics: FilterHashtable ListLog MaxEvents.

function Assert-AovpnLogRead {
    # Stops with one line where a log could not be read. That nothing was found is an error of Get-WinEvent, and no fault.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Log,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [object[]] $Faults,
        [Parameter(Mandatory)] [string] $Nothing
    )
    foreach ($fault in $Faults) {
        if ([string] $fault.FullyQualifiedErrorId -like "$Nothing*") { continue }
        $said = (ConvertTo-AovpnError $fault).message -replace '\s+', ' '
        throw "The log $Log cannot be read, which needs an administrator or a member of Event Log Readers: $said"
    }
}

function Find-AovpnLog {
    # The first of these logs that the host has.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string[]] $Logs)
    foreach ($log in $Logs) {
        $faults = @()
        $found = @(Get-WinEvent -ListLog $log -ErrorAction SilentlyContinue -ErrorVariable faults)
        Assert-AovpnLogRead -Log $log -Faults @($faults) -Nothing 'NoMatchingLogsFound'
        if ($found.Count -gt 0) { return $found[0] }
    }
}

function Test-AovpnEventText {
    # Whether one of the values of an event contains a text, in any case of letters.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [object] $Record, [Parameter(Mandatory)] [AllowEmptyString()] [string] $Text)
    if ($Text -eq '') { return $true }
    $upper = $Text.ToUpperInvariant()
    foreach ($property in $Record.Properties) {
        $value = ([string] $property.Value).ToUpperInvariant()
        if ($value.Contains($upper)) { return $true }
    }
    $false
}

function Find-AovpnEvent {
    # @{ newest; all } of the events of a filter that contain a text. Windows cannot search for a part of a text: the newest
    # are looked at one by one.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [hashtable] $Filter, [Parameter(Mandatory)] [AllowEmptyString()] [string] $Text)
    $most = 1000
    $faults = @()
    $records = @(Get-WinEvent -FilterHashtable $Filter -MaxEvents $most -ErrorAction SilentlyContinue -ErrorVariable faults)
    Assert-AovpnLogRead -Log $Filter['LogName'] -Faults @($faults) -Nothing 'NoMatchingEventsFound'
    foreach ($record in $records) {
        if (-not (Test-AovpnEventText -Record $record -Text $Text)) { continue }
        $time = $record.TimeCreated.ToUniversalTime().ToString('o')
        $newest = [ordered]@{ time = $time; id = [int] $record.Id; provider = [string] $record.ProviderName }
        return @{ newest = $newest; all = $true }
    }
    @{ newest = $null; all = $records.Count -lt $most }
}

function Get-AovpnEvent {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string[]] $Logs,
        [Parameter(Mandatory)] [AllowEmptyString()] [string] $Provider,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [int[]] $Ids,
        [Parameter(Mandatory)] [AllowEmptyString()] [string] $Text,
        [Parameter(Mandatory)] [string] $SinceStartOf
    )
    $state = [ordered]@{ log = $null; enabled = $null; newest = $null; all = $true; service = $null }
    $log = Find-AovpnLog -Logs $Logs
    if ($null -ne $log) {
        $state.log = [string] $log.LogName
        $state.enabled = [bool] $log.IsEnabled
    }
    $service = Get-AovpnServiceFact -Name $SinceStartOf
    if ($null -ne $service) { $state.service = $service }
    # A service that does not run has nothing to restart for.
    if ($null -eq $log -or $null -eq $service -or $null -eq $service.started) { return $state }
    $filter = @{ LogName = $state.log; StartTime = ([datetime] $service.started).ToUniversalTime() }
    if ($Provider -ne '') { $filter.ProviderName = $Provider }
    if ($Ids.Count -gt 0) { $filter.Id = $Ids }
    $found = Find-AovpnEvent -Filter $filter -Text $Text
    $state.newest = $found['newest']
    $state.all = $found['all']
    $state
}
