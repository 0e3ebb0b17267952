# Stand-in for the NPS module. Clients are in its state; policies, which netsh.exe tells too, are keys below
# HKLM\SOFTWARE\AovpnStandIn\NPS\Policies: Order and Enabled (REG_DWORD), Conditions and Profile (REG_MULTI_SZ of
# name|0xID|data).
Set-StrictMode -Off
Import-Module "$PSScriptRoot\..\StandIn.psm1"
$policies = 'Registry::HKEY_LOCAL_MACHINE\SOFTWARE\AovpnStandIn\NPS\Policies'

function ConvertTo-StandInClient($One) {
    [pscustomobject] @{
        PSTypeName            = 'Microsoft.Nps.Commands.NpsRadiusClient'
        Name                  = $One.Name
        Address               = $One.Address
        SharedSecret          = $One.SharedSecret
        VendorName            = $One.VendorName
        AuthAttributeRequired = [bool] $One.AuthAttributeRequired
        Enabled               = [bool] $One.Enabled
    }
}

function Find-StandInClient($Cmdlet, $State, [string] $Name) {
    $found = @($State.Clients | Where-Object { $_.Name -eq $Name })
    if ($found.Count) { return $found[0] }
    Write-StandInError $Cmdlet 'ClientNotFound' 'ObjectNotFound' "The RADIUS client $Name was not found." $Name
}

function Get-NpsRadiusClient {
    [CmdletBinding()]
    param()
    $state = Open-StandIn $PSCmdlet NPS
    if ($state) { $state.Clients | ForEach-Object { ConvertTo-StandInClient $_ } }
}

function New-NpsRadiusClient {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)] [string] $Name, [Parameter(Mandatory, Position = 1)] [string] $Address,
        [bool] $AuthAttributeRequired, [switch] $Disabled, [string] $SharedSecret, [string] $VendorName)
    $state = Open-StandIn $PSCmdlet NPS
    if (-not $state) { return }
    if (@($state.Clients | Where-Object { $_.Name -eq $Name }).Count) {
        Write-StandInError $PSCmdlet 'ClientExists' 'ResourceExists' "The RADIUS client $Name already exists." $Name
        return
    }
    $new = [pscustomobject] @{
        Name = $Name; Address = $Address; SharedSecret = $SharedSecret; Enabled = -not $Disabled
        VendorName = if ($VendorName) { $VendorName } else { 'RADIUS Standard' }
        AuthAttributeRequired = $AuthAttributeRequired
    }
    $state.Clients = @($state.Clients) + $new
    Set-StandInState NPS $state
    ConvertTo-StandInClient $new
}

function Set-NpsRadiusClient {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline)] [string] $Name, [string] $Address,
        [bool] $AuthAttributeRequired, [bool] $Enabled, [string] $SharedSecret, [string] $VendorName)
    process {
        $state = Open-StandIn $PSCmdlet NPS
        if (-not $state) { return }
        $one = Find-StandInClient $PSCmdlet $state $Name
        if (-not $one) { return }
        foreach ($setting in 'Address', 'AuthAttributeRequired', 'Enabled', 'SharedSecret', 'VendorName') {
            if ($PSBoundParameters.ContainsKey($setting)) { $one.$setting = $PSBoundParameters[$setting] }
        }
        Set-StandInState NPS $state
    }
}

function Remove-NpsRadiusClient {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline)] [string] $Name)
    process {
        $state = Open-StandIn $PSCmdlet NPS
        if (-not $state) { return }
        $one = Find-StandInClient $PSCmdlet $state $Name
        if (-not $one) { return }
        $state.Clients = @($state.Clients | Where-Object { $_ -ne $one })
        Set-StandInState NPS $state
    }
}

function Get-NpsSharedSecretTemplate {
    [CmdletBinding()]
    param(
        [Parameter(ValueFromPipeline)] [string] $Name)
    process {
        $state = Open-StandIn $PSCmdlet NPS
        if (-not $state) { return }
        foreach ($one in @($state.Templates | Where-Object { -not $Name -or $_.Name -eq $Name })) {
            $one.PSObject.TypeNames.Insert(0, 'Microsoft.Nps.Commands.NpsSharedSecretTemplate')
            $one
        }
    }
}

function New-StandInElement($Parent, [string] $Name, [string] $Text, [string] $Type) {
    # Names with spaces become other element names; the attribute `name` has the true one.
    $element = $Parent.OwnerDocument.CreateElement([Xml.XmlConvert]::EncodeLocalName($Name.Replace(' ', '_')))
    if ($Type) {
        $element.InnerText = $Text
        $null = $element.SetAttribute('dt', 'urn:schemas-microsoft-com:datatypes', $Type)
    }
    else { $element.SetAttribute('name', $Name) }
    $Parent.AppendChild($element)
}

function New-StandInFolder($Parent, [string] $Name) {
    $children = $Parent.SelectSingleNode('Children')
    if (-not $children) { $children = $Parent.AppendChild($Parent.OwnerDocument.CreateElement('Children')) }
    New-StandInElement $children $Name
}

function Export-StandInPolicy($Policies, $Profiles, $Key) {
    $name = $Key.PSChildName
    $properties = (New-StandInFolder $Policies $name).AppendChild($Policies.OwnerDocument.CreateElement('Properties'))
    $null = New-StandInElement $properties 'Policy_Enabled' ([int] $Key.GetValue('Enabled', 1)) 'boolean'
    $null = New-StandInElement $properties 'msNPAction' $name 'string'
    $null = New-StandInElement $properties 'msNPSequence' ([int] $Key.GetValue('Order', 1)) 'int'
    foreach ($line in $Key.GetValue('Conditions', @())) {
        $null = New-StandInElement $properties 'msNPConstraint' $line.Split('|')[2] 'string'
    }
    $properties = (New-StandInFolder $Profiles $name).AppendChild($Policies.OwnerDocument.CreateElement('Properties'))
    foreach ($line in $Key.GetValue('Profile', @())) {
        $attribute, $id, $data = $line.Split('|')
        $null = New-StandInElement $properties "ms$($attribute.Replace('-', ''))" $data 'string'
    }
}

function Export-NpsConfiguration {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)] [string] $Path)
    $state = Open-StandIn $PSCmdlet NPS
    if (-not $state) { return }
    $document = New-Object Xml.XmlDocument
    $root = $document.AppendChild($document.CreateElement('Root'))
    $server = New-StandInFolder $root 'Microsoft Internet Authentication Service'
    $clients = New-StandInFolder (New-StandInFolder $server 'Protocols') 'Clients'
    foreach ($one in $state.Clients) {
        $properties = (New-StandInFolder $clients $one.Name).AppendChild($document.CreateElement('Properties'))
        $null = New-StandInElement $properties 'IP_Address' $one.Address 'string'
        $null = New-StandInElement $properties 'Shared_Secret' $one.SharedSecret 'string'
        $null = New-StandInElement $properties 'Radius_Client_Enabled' ([int] $one.Enabled) 'boolean'
        $null = New-StandInElement $properties 'Require_Signature' ([int] $one.AuthAttributeRequired) 'boolean'
    }
    $folder = New-StandInFolder $server 'NetworkPolicy'
    $profiles = New-StandInFolder $server 'RadiusProfiles'
    foreach ($key in Get-ChildItem -LiteralPath $policies -ErrorAction Ignore) {
        Export-StandInPolicy $folder $profiles $key
    }
    $document.Save($ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path))
}

function Import-NpsConfiguration {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)] [string] $Path)
    $state = Open-StandIn $PSCmdlet NPS
    if (-not $state) { return }
    $document = New-Object Xml.XmlDocument
    $document.Load($ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path))
    $state.Clients = @(foreach ($one in $document.SelectNodes('//Clients/Children/*')) {
            [pscustomobject] @{
                Name = $one.GetAttribute('name'); Address = $one.Properties.IP_Address.InnerText
                SharedSecret = $one.Properties.Shared_Secret.InnerText; VendorName = 'RADIUS Standard'
                Enabled = $one.Properties.Radius_Client_Enabled.InnerText -eq '1'
                AuthAttributeRequired = $one.Properties.Require_Signature.InnerText -eq '1'
            }
        })
    Set-StandInState NPS $state
}
Export-ModuleMember -Function *-Nps*
