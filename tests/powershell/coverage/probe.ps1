# probe.ps1 FROM TO MAP HITS: a copy of the templates with a probe before each statement, by PowerShell's own parser. MAP gets
# a line of JSON for each: @{ id; file; function; line; text }. A probe that runs appends its id to a file below HITS.
param(
    [Parameter(Mandatory)] [string] $From, [Parameter(Mandatory)] [string] $To,
    [Parameter(Mandatory)] [string] $Map, [Parameter(Mandatory)] [string] $Hits)
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

# In the first file of every script. Seen once is enough; where .NET may not be called, the provider writes.
$probe = @(
    'if (-not (Test-Path variable:global:AovpnSeen)) { $global:AovpnSeen = @{} }'
    'function global:__c { param($Number)'
    'if ($global:AovpnSeen[$Number]) { return }'
    '$global:AovpnSeen[$Number] = 1'
    "`$folder = '$Hits'"
    '$engine = "linux"'
    'if ($IsWindows) { $folder = "Z:" + $folder.Replace("/", "\"); $engine = "windows" }'
    'try { [IO.File]::AppendAllText("$folder/$engine-$PID.txt", "$Number`n") }'
    'catch { Microsoft.PowerShell.Management\Add-Content "$folder/$engine-$PID-c.txt" -Value $Number } }'
    ''
) -join '; '
$probe = $probe.Replace('}; catch', '} catch')

function Test-InText($Ast) {
    for ($one = $Ast; $null -ne $one; $one = $one.Parent) {
        if ($one -is [Management.Automation.Language.ExpandableStringExpressionAst]) { return $true }
    }
    $false
}

function Get-FunctionName($Ast) {
    for ($one = $Ast; $null -ne $one; $one = $one.Parent) {
        if ($one -is [Management.Automation.Language.FunctionDefinitionAst]) { return $one.Name }
    }
    ''
}

function Get-Place($Tree) {
    # @{ at; before; line; text; function } of each probe.
    $isBlock = {
        $args[0] -is [Management.Automation.Language.StatementBlockAst] -or
        $args[0] -is [Management.Automation.Language.NamedBlockAst]
    }
    foreach ($block in $Tree.FindAll($isBlock, $true)) {
        if (Test-InText $block) { continue }
        $name = Get-FunctionName $block
        foreach ($statement in $block.Statements) {
            if ($statement -is [Management.Automation.Language.FunctionDefinitionAst]) { continue }
            $extent = $statement.Extent
            $text = ($extent.Text -split "`n")[0].Trim()
            @{ at = $extent.StartOffset; before = ''; line = $extent.StartLineNumber; text = $text; function = $name }
        }
    }
}

$number = 0
$lines = [Collections.Generic.List[string]]::new()
foreach ($file in Get-ChildItem -LiteralPath $From -Recurse -Filter *.ps1) {
    $name = [IO.Path]::GetRelativePath($From, $file.FullName)
    $text = [IO.File]::ReadAllText($file.FullName)
    $errors = $null
    $tree = [Management.Automation.Language.Parser]::ParseInput($text, [ref] $null, [ref] $errors)
    if ($errors) { throw "$name $errors" }
    $places = @(Get-Place $tree | Where-Object { $_.function -or $name -eq 'prologue.ps1' })
    foreach ($place in $places | Sort-Object { $_.at } -Descending) {
        $text = $text.Insert($place.at, "__c $number; ")
        $lines.Add((ConvertTo-Json -Compress ([ordered]@{
                        id = $number; file = $name; function = $place.function; line = $place.line; text = $place.text
                    })))
        $number++
    }
    if ($name -eq 'prologue.ps1') { $text = $probe + $text }
    $null = [Management.Automation.Language.Parser]::ParseInput($text, [ref] $null, [ref] $errors)
    if ($errors) { throw "$name with probes: $errors" }
    [IO.File]::WriteAllText((Join-Path $To $name), $text)
}
[IO.File]::WriteAllLines($Map, $lines)
