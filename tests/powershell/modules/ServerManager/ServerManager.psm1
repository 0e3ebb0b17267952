# Stand-in for the ServerManager module: roles and features of state.json, and the names of those that are installed.
Set-StrictMode -Off
Import-Module "$PSScriptRoot\..\StandIn.psm1"
enum StandInInstallState { Available = 0; Installed = 1; Removed = 5 }
enum StandInRestart { No = 0; Yes = 1; Maybe = 2 }
enum StandInExitCode { Success = 0; Failed = 1; NoChangeNeeded = 1003; SuccessRestartRequired = 3010 }

function ConvertTo-StandInFeature($State, $One, [StandInInstallState] $As) {
    $below = @($State.Features | Where-Object { $_.Parent -eq $One.Name } | ForEach-Object { $_.Name })
    [pscustomobject] @{
        PSTypeName   = 'Microsoft.Windows.ServerManager.Commands.Feature'
        Name         = $One.Name
        DisplayName  = $One.DisplayName
        Installed    = $As -eq 'Installed'
        InstallState = $As
        FeatureType  = $One.FeatureType
        Parent       = $One.Parent
        DependsOn    = [string[]] @($One.DependsOn | Where-Object { $_ })
        SubFeatures  = [string[]] $below
    }
}

function Find-StandInFeature($Cmdlet, $State, $Name) {
    # One unknown name, and none is answered.
    $found = @()
    foreach ($one in $Name) {
        $text = if ($one -is [string]) { $one } else { [string] $one.Name }
        $those = @($State.Features | Where-Object { $_.Name -like $text })
        if (-not $those.Count -and -not [wildcardpattern]::ContainsWildcardCharacters($text)) {
            $said = "ArgumentNotValid: The role, role service, or feature name is not valid: '$text'. " +
            'The name was not found.'
            Write-StandInError $Cmdlet 'NameDoesNotExist' 'InvalidArgument' $said $text
            return
        }
        $found += $those
    }
    $found
}

function Get-WindowsFeature {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0, ValueFromPipeline)] [string[]] $Name, [Alias('Cn')] [string] $ComputerName,
        [pscredential] $Credential, [string] $LogPath, [string] $Vhd)
    process {
        $state = Open-StandIn $PSCmdlet ServerManager
        if (-not $state) { return }
        $found = if ($Name) { Find-StandInFeature $PSCmdlet $state $Name } else { $state.Features }
        foreach ($one in $found) {
            $as = if ($state.Installed -contains $one.Name) { 'Installed' } else { 'Available' }
            ConvertTo-StandInFeature $state $one $as
        }
    }
}

function Get-StandInOutcome($State, [string[]] $Changed, [StandInInstallState] $As) {
    $all = @($State.Features | Where-Object { $Changed -contains $_.Name })
    $again = @($all | Where-Object { $_.Restart }).Count
    [pscustomobject] @{
        PSTypeName    = 'Microsoft.Windows.ServerManager.Commands.FeatureOperationResult'
        Success       = $true
        RestartNeeded = if ($again) { [StandInRestart]::Yes } else { [StandInRestart]::No }
        FeatureResult = @($all | ForEach-Object { ConvertTo-StandInFeature $State $_ $As })
        ExitCode      = if ($again) { [StandInExitCode]::SuccessRestartRequired }
        elseif ($all.Count) { [StandInExitCode]::Success }
        else { [StandInExitCode]::NoChangeNeeded }
    }
}

function Install-WindowsFeature {
    [CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'ComponentNamesAndRunningComputer')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ParameterSetName = 'ComponentNamesAndRunningComputer')]
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ParameterSetName = 'ComponentNamesAndVhdPath')]
        [object[]] $Name, [Alias('Cn')] [string] $ComputerName,
        [Parameter(Mandatory, ParameterSetName = 'ConfigurationFile')] [string] $ConfigurationFilePath,
        [pscredential] $Credential,
        [Parameter(ParameterSetName = 'ComponentNamesAndRunningComputer')]
        [Parameter(ParameterSetName = 'ComponentNamesAndVhdPath')] [switch] $IncludeAllSubFeature,
        [Parameter(ParameterSetName = 'ComponentNamesAndRunningComputer')]
        [Parameter(ParameterSetName = 'ComponentNamesAndVhdPath')] [switch] $IncludeManagementTools, [string] $LogPath,
        [Parameter(ParameterSetName = 'ComponentNamesAndRunningComputer')]
        [Parameter(ParameterSetName = 'ConfigurationFile')] [switch] $Restart, [string[]] $Source,
        [Parameter(Mandatory, ParameterSetName = 'ComponentNamesAndVhdPath')]
        [Parameter(ParameterSetName = 'ConfigurationFile')] [string] $Vhd)
    process {
        $state = Open-StandIn $PSCmdlet ServerManager
        if (-not $state) { return }
        $found = @(Find-StandInFeature $PSCmdlet $state $Name)
        if (-not $found.Count) { return }
        $names = @(foreach ($one in $found) {
                $one.Parent; $one.DependsOn; $one.Name
                if ($IncludeAllSubFeature) { ($state.Features | Where-Object { $_.Parent -eq $one.Name }).Name }
                if ($IncludeManagementTools) { $one.Tools }
            })
        $new = @($names | Where-Object { $_ -and $state.Installed -notcontains $_ } | Select-Object -Unique)
        if (-not $PSCmdlet.ShouldProcess("$new", 'Install')) { return }
        $state.Installed = @($state.Installed) + $new
        Set-StandInState ServerManager $state
        $result = Get-StandInOutcome $state $new 'Installed'
        if ($result.RestartNeeded -eq 'Yes') {
            Write-Warning 'You must restart this server to finish the installation process.'
        }
        $result
    }
}

function Uninstall-WindowsFeature {
    [CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'RunningComputer')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline)] [object[]] $Name, [Alias('Cn')] [string] $ComputerName,
        [pscredential] $Credential, [switch] $IncludeManagementTools, [string] $LogPath, [switch] $Remove,
        [Parameter(ParameterSetName = 'RunningComputer')] [switch] $Restart,
        [Parameter(ParameterSetName = 'VhdPath')] [string] $Vhd)
    process {
        $state = Open-StandIn $PSCmdlet ServerManager
        if (-not $state) { return }
        $found = @(Find-StandInFeature $PSCmdlet $state $Name)
        if (-not $found.Count) { return }
        $names = @(foreach ($one in $found) {
                $one.Name
                ($state.Features | Where-Object { $_.Parent -eq $one.Name -or $_.DependsOn -contains $one.Name }).Name
                if ($IncludeManagementTools) { $one.Tools }
            })
        $gone = @($names | Where-Object { $_ -and $state.Installed -contains $_ } | Select-Object -Unique)
        if (-not $PSCmdlet.ShouldProcess("$gone", 'Uninstall')) { return }
        $state.Installed = @($state.Installed | Where-Object { $gone -notcontains $_ })
        Set-StandInState ServerManager $state
        Get-StandInOutcome $state $gone 'Available'
    }
}
Set-Alias -Name Add-WindowsFeature -Value Install-WindowsFeature
Set-Alias -Name Remove-WindowsFeature -Value Uninstall-WindowsFeature
Export-ModuleMember -Function *-WindowsFeature -Alias *
