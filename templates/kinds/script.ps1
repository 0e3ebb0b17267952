# Get answers nothing for absent, else @{ text }: what a playbook's own text prints, one state as JSON. Values are parameters:
# nothing is ever put into a text.

function Assert-AovpnScriptText {
    # Whether a text is PowerShell, before any of it runs.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Field,
        [Parameter(Mandatory)] [AllowEmptyString()] [string] $Text
    )
    $tokens = $null
    $errors = $null
    $tree = [System.Management.Automation.Language.Parser]::ParseInput($Text, [ref] $tokens, [ref] $errors)
    foreach ($one in $errors) {
        throw "$Field is not PowerShell: line $($one.Extent.StartLineNumber): $($one.Message -replace '\s+', ' ')"
    }
    foreach ($one in $tree.FindAll({ $true }, $true)) {
        if ($one -isnot [System.Management.Automation.Language.ExitStatementAst]) { continue }
        throw "$Field must not exit: line $($one.Extent.StartLineNumber): it would end the session; use return or throw"
    }
}

function Invoke-AovpnScriptText {
    # What a text writes. It sees $Values and $Desired.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [AllowEmptyString()] [string] $Text,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [hashtable] $Values,
        [Parameter(Mandatory)] [AllowNull()] [object] $Desired
    )
    & ([scriptblock]::Create($Text))
}

function Get-AovpnScript {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Get,
        [Parameter(Mandatory)] [AllowEmptyString()] [string] $Set,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [hashtable] $Values
    )
    Assert-AovpnScriptText -Field 'get' -Text $Get
    Assert-AovpnScriptText -Field 'set' -Text $Set
    $said = @(Invoke-AovpnScriptText -Text $Get -Values $Values -Desired $null)
    foreach ($one in $said) {
        if ($one -isnot [string]) {
            $what = if ($null -eq $one) { 'null' } else { $one.GetType().Name }
            throw "get wrote $what, not a text: end it with ConvertTo-Json -Compress -Depth 10 -InputObject STATE"
        }
    }
    $text = $said -join "`n"
    if ($text -notmatch '\S' -or $text -cmatch '^\s*null\s*$') { return }
    [ordered]@{ text = $text }
}

function Set-AovpnScript {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Get,
        [Parameter(Mandatory)] [AllowEmptyString()] [string] $Set,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [hashtable] $Values,
        [Parameter(Mandatory)] [AllowNull()] [object] $Desired
    )
    # Get, which comes before it, has checked the text.
    $null = Invoke-AovpnScriptText -Text $Set -Values $Values -Desired $Desired
}
