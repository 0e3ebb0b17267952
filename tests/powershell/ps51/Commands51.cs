using System.Management.Automation.Language;
using System.Text.Json;
using System.Text.RegularExpressions;

/// <summary>Commands and their parameters, looked up in the documentation of a Windows Server 2016.</summary>
sealed class Commands51
{
    static readonly HashSet<string> Common = new(StringComparer.OrdinalIgnoreCase)
    {
        "Verbose", "Debug", "ErrorAction", "WarningAction", "InformationAction", "ErrorVariable", "WarningVariable", "InformationVariable",
        "OutVariable", "OutBuffer", "PipelineVariable", "WhatIf", "Confirm",
    };

    record Documented(HashSet<string> Parameters, string? Since);

    readonly Dictionary<string, Documented> documented = new(StringComparer.OrdinalIgnoreCase);
    readonly HashSet<string> own = new(StringComparer.OrdinalIgnoreCase);
    readonly Action<IScriptExtent, string> say;

    public Commands51(string table, IEnumerable<Ast> trees, Action<IScriptExtent, string> say)
    {
        this.say = say;
        foreach (var command in JsonDocument.Parse(File.ReadAllText(table)).RootElement.EnumerateObject())
            documented[command.Name] = documented[command.Value.GetProperty("module").GetString() + "\\" + command.Name] = new(
                command.Value.GetProperty("parameters").EnumerateArray().Select(p => p.GetString()!).ToHashSet(StringComparer.OrdinalIgnoreCase),
                command.Value.TryGetProperty("since", out var since) ? since.GetString() : null);
        foreach (var function in trees.SelectMany(t => t.FindAll(a => a is FunctionDefinitionAst, true)).Cast<FunctionDefinitionAst>())
            own.Add(function.Name);
    }

    public void Look(Ast tree)
    {
        foreach (Match match in Regex.Matches(tree.Extent.Text, "[^\\x00-\\x7f]"))
            say(tree.Extent, $"U+{(int)match.Value[0]:X4}: 5.1 reads a file without a mark in the code page of the machine");
        foreach (FunctionDefinitionAst function in tree.FindAll(a => a is FunctionDefinitionAst, true))
            if (function.Body.ParamBlock?.Attributes.Any(a => a.TypeName.Name == "CmdletBinding") != true)
                say(function.Extent, $"{function.Name}: without [CmdletBinding()] it takes any parameter");
        foreach (CommandAst command in tree.FindAll(a => a is CommandAst, true))
            if (command.GetCommandName() is string name && !own.Contains(name) && !name.EndsWith(".exe", StringComparison.OrdinalIgnoreCase)) Look(command, name);
    }

    void Look(CommandAst command, string name)
    {
        if (!documented.TryGetValue(name, out var known)) { say(command.Extent, $"{name}: no command of 5.1 that is documented"); return; }
        if (known.Since is not (null or "2016")) say(command.Extent, $"{name}: since Windows Server {known.Since}");
        foreach (var parameter in command.CommandElements.OfType<CommandParameterAst>().Select(p => p.ParameterName).Concat(Splatted(command)))
            if (!known.Parameters.Contains(parameter) && !Common.Contains(parameter)) say(command.Extent, $"{name}: no parameter -{parameter} in 5.1");
    }

    // What a hashtable gives that is written out where the variable is set.
    static IEnumerable<string> Splatted(CommandAst command)
    {
        Ast scope = command;
        while (scope.Parent is not null and not FunctionDefinitionAst) scope = scope.Parent;
        if (scope.Parent is not null) scope = scope.Parent;
        return command.CommandElements.OfType<VariableExpressionAst>().Where(v => v.Splatted).SelectMany(splat =>
            scope.FindAll(a => a is AssignmentStatementAst { Left: VariableExpressionAst left } && left.VariablePath.UserPath.Equals(splat.VariablePath.UserPath, StringComparison.OrdinalIgnoreCase), true)
                .SelectMany(a => ((AssignmentStatementAst)a).Right.FindAll(h => h is HashtableAst && IsWhole(h, a), false))
                .SelectMany(h => ((HashtableAst)h).KeyValuePairs).Select(p => p.Item1).OfType<StringConstantExpressionAst>().Select(k => k.Value));
    }

    // Not a table within a table.
    static bool IsWhole(Ast table, Ast assignment)
    {
        for (var at = table.Parent; at != assignment; at = at.Parent) if (at is HashtableAst) return false;
        return true;
    }
}
