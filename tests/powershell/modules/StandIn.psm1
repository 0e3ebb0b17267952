# What the stand-ins share: their state and their errors. See README.md.
$root = 'Registry::HKEY_LOCAL_MACHINE\SOFTWARE\AovpnStandIn'
$common = [Management.Automation.Cmdlet]::CommonParameters + [Management.Automation.Cmdlet]::OptionalCommonParameters

function Get-StandInState([string] $Module) {
    # The state of a new server, state.json of the module, with what the registry says instead.
    $state = ConvertFrom-Json ([IO.File]::ReadAllText("$PSScriptRoot\$Module\state.json"))
    if (-not (Test-Path -LiteralPath "$root\$Module")) { return $state }
    $written = (Get-Item -LiteralPath "$root\$Module").GetValue('State')
    if (-not $written) { return $state }
    foreach ($change in (ConvertFrom-Json $written).PSObject.Properties) {
        $state | Add-Member -NotePropertyName $change.Name -NotePropertyValue $change.Value -Force
    }
    $state
}

function Set-StandInState([string] $Module, $State) {
    if (-not (Test-Path -LiteralPath "$root\$Module")) { $null = New-Item -Path "$root\$Module" -Force }
    Set-ItemProperty -LiteralPath "$root\$Module" -Name State -Value (ConvertTo-Json $State -Compress -Depth 8)
}

function Write-StandInError($Cmdlet, [string] $Id, [string] $Category, [string] $Text, $Target) {
    # As most cmdlets do it: the caller goes on unless it has asked to stop.
    $fault = New-Object Management.Automation.ErrorRecord (New-Object Exception $Text), $Id, $Category, $Target
    $Cmdlet.WriteError($fault)
}

function Assert-StandInKnows($Cmdlet, [string[]] $Also) {
    # A parameter that the body of the function does not name would be ignored, and no test would see it.
    $ast = $Cmdlet.MyInvocation.MyCommand.ScriptBlock.Ast.Body
    $body = "$(@($ast.ProcessBlock, $ast.EndBlock) | Where-Object { $_ } | ForEach-Object { $_.Statements })"
    foreach ($name in $Cmdlet.MyInvocation.BoundParameters.Keys) {
        if ($common + $Also -notcontains $name -and $body -notmatch "[$']$name\b|\b$name +=") {
            throw "stand-in: $($Cmdlet.MyInvocation.MyCommand.Name) does not do what -$name says"
        }
    }
}

function Open-StandIn($Cmdlet, [string] $Module, [string[]] $Also) {
    # The state; nothing, after an error, where the state says that the command fails. $Also are parameters that are
    # known by a function that the command calls.
    Assert-StandInKnows $Cmdlet $Also
    $state = Get-StandInState $Module
    $name = $Cmdlet.MyInvocation.MyCommand.Name
    $said = $state.Fails
    if ($said -is [Management.Automation.PSCustomObject]) {
        $said = if ($said.PSObject.Properties[$name]) { $said.$name }
    }
    if (-not $said) { return $state }
    Write-StandInError $Cmdlet 'HRESULT 1702' 'NotSpecified' $said
}
Export-ModuleMember -Function *-StandIn*
