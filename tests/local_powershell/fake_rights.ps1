# Holders of rights in a list, and the accounts that this host knows.
Add-Type -TypeDefinition @'
using System;
using System.Collections.Generic;

namespace AovpnRemediate
{
    public static class Lsa
    {
        static readonly List<string> known = new List<string>();
        public static readonly List<string> Said = new List<string>();

        public static string[] Holders(string right)
        {
            string[] sids = known.ToArray();
            Array.Sort(sids, StringComparer.Ordinal);
            return sids;
        }

        public static void Change(string sid, string right, bool held)
        {
            Said.Add((held ? "give " : "take ") + sid);
            if (held) known.Add(sid); else known.Remove(sid);
        }
    }
}
'@

function Resolve-AovpnAccount {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Account)
    if ($Account -eq 'svc') { return 'S-1-5-21-1' }
    if ($Account -like 'S-1-*') { return $Account }
    return $null
}

function Test-AovpnHasName {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Sid)
    $Sid -ne 'S-1-5-21-9'
}

function Get-AovpnRightPolicy {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Right)
    $null = $Right
    return $null
}
