# Stand-in for the optional features of the Dism module, on the running system alone: -Online.
Set-StrictMode -Off
Import-Module "$PSScriptRoot\..\StandIn.psm1"
enum StandInFeatureState {
    NotPresent = 0; DisablePending = 1; Disabled = 2; DisabledWithPayloadRemoved = 3; Enabled = 4; EnablePending = 5
    Superseded = 6
}

function Get-WindowsOptionalFeature {
    [CmdletBinding()]
    param(
        [string] $FeatureName, [Alias('LL')] [ValidateSet('Errors', 'Warnings', 'WarningsInfo')] [string] $LogLevel,
        [Alias('LP')] [string] $LogPath, [Parameter(Mandatory, ParameterSetName = 'Online')] [switch] $Online,
        [string] $PackageName, [string] $PackagePath,
        [Parameter(Mandatory, ParameterSetName = 'Offline')] [string] $Path, [string] $ScratchDirectory,
        [string] $SystemDrive, [string] $WindowsDirectory)
    $state = Open-StandIn $PSCmdlet Dism 'Online'
    if (-not $state) { return }
    foreach ($one in @($state.Features | Where-Object { -not $FeatureName -or $_.FeatureName -like $FeatureName })) {
        $said = [ordered] @{
            PSTypeName  = 'Microsoft.Dism.Commands.BasicFeatureObject'
            FeatureName = $one.FeatureName
            State       = [StandInFeatureState] $one.State
            Online      = $true
        }
        if ($FeatureName) {
            $said.PSTypeName = 'Microsoft.Dism.Commands.AdvancedFeatureObject'
            $said.DisplayName = $one.DisplayName
            $said.Description = $one.DisplayName
            $said.RestartRequired = if ($one.Restart) { 'Required' } else { 'Possible' }
        }
        [pscustomobject] $said
    }
}

function Set-StandInFeature($Cmdlet, $State, $FeatureName, [string] $To, [string] $Pending, [bool] $NoRestart) {
    $again = $false
    foreach ($name in $FeatureName) {
        $one = @($State.Features | Where-Object { $_.FeatureName -eq $name })[0]
        if (-not $one) {
            Write-StandInError $Cmdlet 'Microsoft.Dism.Commands' 'NotSpecified' "Feature name $name is unknown." $name
            return
        }
        if ($one.State -eq $To) { continue }
        $one.State = if ($one.Restart) { $Pending } else { $To }
        $again = $again -or $one.Restart
    }
    Set-StandInState Dism $State
    $said = 'Do you want to restart the computer to complete this operation now?'
    if ($again -and -not $NoRestart -and $Cmdlet.ShouldContinue($said, '')) { throw 'stand-in: there is no restart' }
    [pscustomobject] @{
        PSTypeName = 'Microsoft.Dism.Commands.ImageObject'; Path = ''; Online = $true; RestartNeeded = [bool] $again
    }
}

function Enable-WindowsOptionalFeature {
    [CmdletBinding()]
    param(
        [switch] $All, [Parameter(Mandatory)] [string[]] $FeatureName, [switch] $LimitAccess,
        [Alias('LL')] [ValidateSet('Errors', 'Warnings', 'WarningsInfo')] [string] $LogLevel,
        [Alias('LP')] [string] $LogPath, [switch] $NoRestart,
        [Parameter(Mandatory, ParameterSetName = 'Online')] [switch] $Online, [string] $PackageName,
        [Parameter(Mandatory, ParameterSetName = 'Offline')] [string] $Path, [string] $ScratchDirectory,
        [string[]] $Source, [string] $SystemDrive, [string] $WindowsDirectory)
    # -All: features of this stand-in have no parents. -LimitAccess: nothing is downloaded.
    $state = Open-StandIn $PSCmdlet Dism 'Online', 'All', 'LimitAccess'
    if ($state) { Set-StandInFeature $PSCmdlet $state $FeatureName 'Enabled' 'EnablePending' $NoRestart }
}

function Disable-WindowsOptionalFeature {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string[]] $FeatureName,
        [Alias('LL')] [ValidateSet('Errors', 'Warnings', 'WarningsInfo')] [string] $LogLevel,
        [Alias('LP')] [string] $LogPath, [switch] $NoRestart,
        [Parameter(Mandatory, ParameterSetName = 'Online')] [switch] $Online, [string] $PackageName,
        [Parameter(Mandatory, ParameterSetName = 'Offline')] [string] $Path, [switch] $Remove,
        [string] $ScratchDirectory, [string] $SystemDrive, [string] $WindowsDirectory)
    $state = Open-StandIn $PSCmdlet Dism 'Online'
    if (-not $state) { return }
    $to = if ($Remove) { 'DisabledWithPayloadRemoved' } else { 'Disabled' }
    Set-StandInFeature $PSCmdlet $state $FeatureName $to 'DisablePending' $NoRestart
}
Export-ModuleMember -Function *-WindowsOptionalFeature
