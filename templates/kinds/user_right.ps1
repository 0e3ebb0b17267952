# Get answers @{ accounts; holders; orphans; policy }. accounts: for each account named, in its order, @{ account; sid; held },
# sid null where the host does not know it. holders: the SIDs of all who hold the right, with -Exactly alone. orphans: the
# holders that have no name here; unasked, where there are any: those of which that cannot be told, each with the reason. policy: null, @{ name; accounts } of the group policy that decides, or @{ unknown = reason }.
# denied, for SeServiceLogonRight, where there are any: those who hold the right that denies it.

function Add-AovpnLsaType {
    # The LSA calls; C# 5, as 5.1 compiles it. Compiling takes a second or more, so once a session and only when needed.
    [CmdletBinding()]
    param()
    if ('AovpnRemediate.Lsa' -as [type]) { return }
    # To 5.1 a warning of the compiler is an error, unless it is told not to mind.
    Add-Type -IgnoreWarnings -TypeDefinition @'
using System;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Security.Principal;

namespace AovpnRemediate
{
    public static class Lsa
    {
        [StructLayout(LayoutKind.Sequential)]
        struct UnicodeString { public ushort Length; public ushort MaximumLength; public IntPtr Buffer; }

        [StructLayout(LayoutKind.Sequential)]
        struct ObjectAttributes
        {
            public int Length; public IntPtr Root; public IntPtr Name;
            public uint Attributes; public IntPtr Descriptor; public IntPtr Quality;
        }

        [DllImport("advapi32.dll")]
        static extern uint LsaOpenPolicy(IntPtr system, ref ObjectAttributes attributes, uint access, out IntPtr policy);
        [DllImport("advapi32.dll")]
        static extern uint LsaEnumerateAccountsWithUserRight(
            IntPtr policy, UnicodeString[] right, out IntPtr buffer, out uint count);
        [DllImport("advapi32.dll")]
        static extern uint LsaAddAccountRights(IntPtr policy, byte[] sid, UnicodeString[] rights, uint count);
        [DllImport("advapi32.dll")]
        static extern uint LsaRemoveAccountRights(
            IntPtr policy, byte[] sid, [MarshalAs(UnmanagedType.U1)] bool all, UnicodeString[] rights, uint count);
        [DllImport("advapi32.dll")]
        static extern uint LsaNtStatusToWinError(uint status);
        [DllImport("advapi32.dll")]
        static extern uint LsaFreeMemory(IntPtr buffer);
        [DllImport("advapi32.dll")]
        static extern uint LsaClose(IntPtr policy);

        // POLICY_VIEW_LOCAL_INFORMATION and POLICY_LOOKUP_NAMES; to write, POLICY_CREATE_ACCOUNT as well.
        const uint Read = 0x801, Write = 0x811;
        const uint NobodyHoldsIt = 0x8000001A, NoSuchRight = 0xC0000060;

        static void Check(uint status, string right)
        {
            if (status == NoSuchRight) throw new ArgumentException("Windows knows no user right " + right + ".");
            if (status != 0) throw new Win32Exception((int)LsaNtStatusToWinError(status));
        }

        static IntPtr Open(uint access)
        {
            ObjectAttributes attributes = new ObjectAttributes();
            attributes.Length = Marshal.SizeOf(typeof(ObjectAttributes));
            IntPtr policy;
            Check(LsaOpenPolicy(IntPtr.Zero, ref attributes, access, out policy), "");
            return policy;
        }

        static UnicodeString[] Names(string right, IntPtr buffer)
        {
            UnicodeString name = new UnicodeString();
            name.Buffer = buffer;
            name.Length = (ushort)(right.Length * 2);
            name.MaximumLength = (ushort)(right.Length * 2 + 2);
            return new UnicodeString[] { name };
        }

        static byte[] Bytes(string sid)
        {
            SecurityIdentifier identifier = new SecurityIdentifier(sid);
            byte[] bytes = new byte[identifier.BinaryLength];
            identifier.GetBinaryForm(bytes, 0);
            return bytes;
        }

        public static string[] Holders(string right)
        {
            IntPtr text = Marshal.StringToHGlobalUni(right);
            IntPtr policy = IntPtr.Zero;
            IntPtr buffer = IntPtr.Zero;
            uint count = 0;
            try
            {
                policy = Open(Read);
                uint status = LsaEnumerateAccountsWithUserRight(policy, Names(right, text), out buffer, out count);
                if (status == NobodyHoldsIt) return new string[0];
                Check(status, right);
                string[] sids = new string[(int)count];
                for (int i = 0; i < sids.Length; i++)
                {
                    sids[i] = new SecurityIdentifier(Marshal.ReadIntPtr(buffer, i * IntPtr.Size)).Value;
                }
                Array.Sort(sids, StringComparer.Ordinal);
                return sids;
            }
            finally
            {
                if (buffer != IntPtr.Zero) LsaFreeMemory(buffer);
                if (policy != IntPtr.Zero) LsaClose(policy);
                Marshal.FreeHGlobal(text);
            }
        }

        public static void Change(string sid, string right, bool held)
        {
            byte[] account = Bytes(sid);
            IntPtr text = Marshal.StringToHGlobalUni(right);
            IntPtr policy = IntPtr.Zero;
            try
            {
                policy = Open(Write);
                UnicodeString[] names = Names(right, text);
                uint status = held
                    ? LsaAddAccountRights(policy, account, names, 1)
                    : LsaRemoveAccountRights(policy, account, false, names, 1);
                Check(status, right);
            }
            finally
            {
                if (policy != IntPtr.Zero) LsaClose(policy);
                Marshal.FreeHGlobal(text);
            }
        }
    }
}
'@
}

function Test-AovpnHasName {
    # Whether the host has a name for a SID just now. Throws where that cannot be told, as without the domain controller.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Sid)
    $identifier = New-Object -TypeName System.Security.Principal.SecurityIdentifier -ArgumentList $Sid
    try { $null = $identifier.Translate([System.Security.Principal.NTAccount]); $true }
    catch [System.Security.Principal.IdentityNotMappedException] { $false }
}

function Test-AovpnPolicyLogging {
    # Whether Windows keeps the resultant policy that RSOP answers from.
    [CmdletBinding()]
    param()
    foreach ($key in 'SOFTWARE\Policies\Microsoft\Windows\System', 'SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon') {
        $path = "Registry::HKEY_LOCAL_MACHINE\$key"
        $logging = Get-ItemProperty -LiteralPath $path -Name 'RSoPLogging' -ErrorAction SilentlyContinue
        if ($null -ne $logging -and $logging.RSoPLogging -eq 0) { return $false }
    }
    $true
}

function Get-AovpnRightPolicy {
    # The group policy that decides the right, null where none does, or the reason why that is unknown. The pattern is one
    # with case: without, I is in neither range of letters where 5.1 speaks Turkish.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [ValidatePattern('^Se[A-Za-z]+$', Options = 'None')] [string] $Right)
    $rsop = 'root\rsop\computer'
    try {
        $rows = @(Get-CimInstance -Namespace $rsop -ClassName RSOP_UserPrivilegeRight -Filter "UserRight = '$Right'")
        $first = @($rows | Where-Object { $_.Precedence -eq 1 })
        if ($first.Count -eq 0) {
            if (Test-AovpnPolicyLogging) { return $null }
            return [ordered]@{ unknown = 'the logging of the resultant set of policy is turned off' }
        }
        $policies = @(Get-CimInstance -Namespace $rsop -ClassName RSOP_GPO | Where-Object { $_.id -eq $first[0].GPOID })
        $name = [string] $first[0].GPOID
        if ($policies.Count -gt 0) { $name = [string] $policies[0].name }
        $accounts = [string[]] @($first[0].AccountList | Where-Object { $_ })
        [ordered]@{ name = $name; accounts = $accounts }
    }
    catch { [ordered]@{ unknown = (ConvertTo-AovpnError $_).message -replace '\s+', ' ' } }
}

function Get-AovpnServiceLogonDenial {
    # @{ holders; osconfig; mdm }: who may not log on as a service, and what may decide that; nothing where nobody is denied.
    [CmdletBinding()]
    param()
    $holders = [string[]] @([AovpnRemediate.Lsa]::Holders('SeDenyServiceLogonRight'))
    if ($holders.Count -eq 0) { return }
    $microsoft = 'Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft'
    $rights = @{ LiteralPath = "$microsoft\PolicyManager\current\device\UserRights"; Name = 'DenyLogOnAsService' }
    [ordered]@{
        holders  = $holders
        osconfig = Test-Path -LiteralPath "$microsoft\OSConfig"
        mdm      = $null -ne (Get-ItemProperty @rights -ErrorAction SilentlyContinue)
    }
}

function Get-AovpnUserRight {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Right,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [string[]] $Accounts,
        [Parameter(Mandatory)] [bool] $Exactly
    )
    Add-AovpnLsaType
    $holders = [string[]] @([AovpnRemediate.Lsa]::Holders($Right))
    $named = @(foreach ($account in $Accounts) {
            $sid = Resolve-AovpnAccount -Account $account
            [ordered]@{ account = $account; sid = $sid; held = $null -ne $sid -and $holders -contains $sid }
        })
    $orphans = @()
    $unasked = @()
    foreach ($sid in $holders) {
        try { if (-not (Test-AovpnHasName -Sid $sid)) { $orphans += $sid } }
        catch { $unasked += "${sid}: $((ConvertTo-AovpnError $_).message -replace '\s+', ' ')" }
    }
    $all = $null
    if ($Exactly) { $all = $holders }
    $state = [ordered]@{
        accounts = [object[]] $named
        holders  = $all
        orphans  = [string[]] $orphans
        policy   = Get-AovpnRightPolicy -Right $Right
    }
    if ($unasked.Count -gt 0) { $state.unasked = [string[]] $unasked }
    $denied = $null
    if ($Right -eq 'SeServiceLogonRight') { $denied = Get-AovpnServiceLogonDenial }
    if ($null -ne $denied) { $state.denied = $denied }
    $state
}

function Set-AovpnUserRight {
    # SID by SID: who is not in Desired is not touched; with -Exactly they lose the right.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Right,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [string[]] $Accounts,
        [Parameter(Mandatory)] [bool] $Exactly,
        [Parameter(Mandatory)] [hashtable] $Desired
    )
    Add-AovpnLsaType
    $holders = [string[]] @([AovpnRemediate.Lsa]::Holders($Right))
    if ($Exactly) { $changes = Get-AovpnExactChange -Holders $holders -Wanted $Desired['holders'] }
    else { $changes = Get-AovpnRightChange -Holders $holders -Wanted $Desired['accounts'] }
    foreach ($change in @($changes)) { [AovpnRemediate.Lsa]::Change($change['sid'], $Right, $change['held']) }
}

function Get-AovpnExactChange {
    # @{ sid; held } for each that is missing, and only then for each that is too many.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [AllowEmptyCollection()] [string[]] $Holders,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [string[]] $Wanted
    )
    foreach ($sid in $Wanted) { if ($Holders -notcontains $sid) { @{ sid = $sid; held = $true } } }
    foreach ($sid in $Holders) { if ($Wanted -notcontains $sid) { @{ sid = $sid; held = $false } } }
}

function Get-AovpnRightChange {
    # @{ sid; held } for each account that does not hold the right as it should, or holds it and should not.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [AllowEmptyCollection()] [string[]] $Holders,
        [Parameter(Mandatory)] [object[]] $Wanted
    )
    foreach ($account in $Wanted) {
        $sid = $account['sid']
        $isHeld = $null -ne $sid -and $Holders -contains $sid
        if ($isHeld -eq [bool] $account['held']) { continue }
        if ($null -eq $sid) { throw 'An account that should hold the right is not known to this host.' }
        @{ sid = [string] $sid; held = [bool] $account['held'] }
    }
}
