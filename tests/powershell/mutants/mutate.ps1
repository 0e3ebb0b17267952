# mutate.ps1 FILE: each small fault that can be put into a script, a line of JSON each, by PowerShell's own parser:
# @{ line; what; start; length; text }.
param([Parameter(Mandatory)] [string] $File)
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$source = [IO.File]::ReadAllText($File)
$tokens = $null
$errors = $null
$tree = [Management.Automation.Language.Parser]::ParseInput($source, [ref] $tokens, [ref] $errors)
if ($errors) { throw "$File does not parse: $errors" }

function Write-Mutant($Extent, $Text, $What) {
    [ordered]@{
        line = $Extent.StartLineNumber; what = $What; start = $Extent.StartOffset
        length = $Extent.EndOffset - $Extent.StartOffset; text = $Text
    } | ConvertTo-Json -Compress
}

function Test-Inside($Ast, [type[]] $Types) {
    for ($parent = $Ast.Parent; $null -ne $parent; $parent = $parent.Parent) {
        foreach ($type in $Types) { if ($parent -is $type) { return $true } }
    }
    $false
}

$namespace = 'System.Management.Automation.Language'
$operators = @{
    Ieq = '-ne'; Ine = '-eq'; Ceq = '-cne'; Cne = '-ceq'; Igt = '-lt'; Ilt = '-gt'; Ige = '-lt'; Ile = '-gt'
    And = '-or'; Or = '-and'; Icontains = '-notcontains'; Inotcontains = '-contains'; Is = '-isnot'; IsNot = '-is'
    Ilike = '-notlike'; Inotlike = '-like'; Imatch = '-notmatch'; Inotmatch = '-match'; Cmatch = '-cnotmatch'
    Cnotmatch = '-cmatch'; Plus = '-'; Minus = '+'; Band = '-bor'
}
foreach ($one in $tree.FindAll({ $true }, $true)) {
    switch ($one.GetType().FullName) {
        "$namespace.BinaryExpressionAst" {
            $new = $operators[[string] $one.Operator]
            if ($new) { Write-Mutant $one.ErrorPosition $new "$($one.ErrorPosition.Text) -> $new" }
        }
        "$namespace.UnaryExpressionAst" {
            if ([string] $one.TokenKind -eq 'Not') { Write-Mutant $one.Extent $one.Child.Extent.Text 'a negation is dropped' }
        }
        "$namespace.StringConstantExpressionAst" {
            if ([string] $one.StringConstantType -ne 'SingleQuoted' -or (Test-Inside $one ("$namespace.AttributeAst" -as [type]))) { break }
            $new = "'$($one.Value.Replace("'", "''"))X'"
            if ($one.Value -eq '') { $new = "'X'" }
            Write-Mutant $one.Extent $new "$($one.Extent.Text) -> $new"
        }
        "$namespace.ExpandableStringExpressionAst" {
            Write-Mutant $one.Extent ($one.Extent.Text.Substring(0, $one.Extent.Text.Length - 1) + 'X"') "X at the end of $($one.Extent.Text)"
        }
        "$namespace.ConstantExpressionAst" {
            if ($one.Value -is [ValueType] -and -not (Test-Inside $one ("$namespace.AttributeAst" -as [type]))) {
                Write-Mutant $one.Extent ([string] ($one.Value + 1)) "$($one.Extent.Text) -> $($one.Value + 1)"
            }
        }
        "$namespace.VariableExpressionAst" {
            $new = @{ true = '$false'; false = '$true' }[$one.VariablePath.UserPath]
            if ($new) { Write-Mutant $one.Extent $new "$($one.Extent.Text) -> $new" }
        }
        "$namespace.CommandParameterAst" {
            # With its value, which is the element that follows.
            $end = $one.Extent.EndOffset
            $elements = $one.Parent.CommandElements
            $place = $elements.IndexOf($one)
            $next = if ($place + 1 -lt $elements.Count) { $elements[$place + 1] }
            if ($null -eq $one.Argument -and $null -ne $next -and $next -isnot [System.Management.Automation.Language.CommandParameterAst]) {
                $end = $next.Extent.EndOffset
            }
            $text = ($source.Substring($one.Extent.StartOffset, $end - $one.Extent.StartOffset) -split "`n")[0]
            [ordered]@{
                line = $one.Extent.StartLineNumber; what = "dropped: $text"; start = $one.Extent.StartOffset
                length = $end - $one.Extent.StartOffset; text = ''
            } | ConvertTo-Json -Compress
        }
        "$namespace.CatchClauseAst" {
            if ($one.Body.Statements.Count -gt 0) { Write-Mutant $one.Body.Extent '{ }' 'an error is swallowed' }
        }
        "$namespace.IfStatementAst" {
            foreach ($clause in $one.Clauses) { Write-Mutant $clause.Item1.Extent "-not ($($clause.Item1.Extent.Text))" "if (not $($clause.Item1.Extent.Text))" }
        }
    }
    if ($one -is [System.Management.Automation.Language.StatementBlockAst] -or $one -is [System.Management.Automation.Language.NamedBlockAst]) {
        foreach ($statement in $one.Statements) {
            if ($statement -is [System.Management.Automation.Language.FunctionDefinitionAst]) { continue }
            if (Test-Inside $statement ("$namespace.ExpandableStringExpressionAst" -as [type])) { continue }
            $first = ($statement.Extent.Text -split "`n")[0]
            Write-Mutant $statement.Extent '' "dropped: $first"
        }
    }
}
