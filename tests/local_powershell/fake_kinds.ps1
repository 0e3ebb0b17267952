# Kinds whose things are kept in a table, and kinds that misbehave.
$script:Store = @{}

function Get-AovpnFake {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name)
    if ($script:Store.ContainsKey($Name)) { $script:Store[$Name] }
}

function Set-AovpnFake {
    # What it writes belongs to no record.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name, [Parameter(Mandatory)] [AllowNull()] [hashtable] $Desired)
    if ($null -eq $Desired) { $script:Store.Remove($Name) } else { $script:Store[$Name] = $Desired }
    'noise'
}

function Get-AovpnLiar {
    [CmdletBinding()]
    param()
    [ordered]@{ value = 1 }
}

function Set-AovpnLiar {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [hashtable] $Desired)
    $null = $Desired
}

function Get-AovpnHalf {
    [CmdletBinding()]
    param()
    if ($script:Store.ContainsKey('half')) { $script:Store['half'] }
}

function Set-AovpnHalf {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [hashtable] $Desired)
    $script:Store['half'] = [ordered]@{ value = 'half of it' }
    throw "It broke, and never got to $($Desired['value'])."
}

function Get-AovpnTwo {
    [CmdletBinding()]
    param()
    [ordered]@{ value = 1 }
    [ordered]@{ value = 2 }
}

function Get-AovpnOdd {
    # What cannot travel in XML, or not through a console.
    [CmdletBinding()]
    param()
    $codes = 0xFFFE, 0xFFFF, 0xD800, 0x2028, 0xAD, 0xE9, 0x7F, 0
    [ordered]@{ value = -join @(foreach ($code in $codes) { [string] [char] $code }) }
}

function Get-AovpnLists {
    [CmdletBinding()]
    param()
    [ordered]@{ none = [string[]] @(); one = [string[]] @('a'); bytes = [byte[]] @(7); nothing = $null }
}

function Get-AovpnNumber {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Text)
    [ordered]@{ value = [int]::Parse($Text) }
}
