# A registry in memory with the methods of Microsoft.Win32.RegistryKey, as strict about types as that is.
Add-Type -TypeDefinition @'
using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.Win32;

public class FakeKey
{
    readonly Dictionary<string, FakeKey> keys = new Dictionary<string, FakeKey>(StringComparer.OrdinalIgnoreCase);
    readonly Dictionary<string, object> data = new Dictionary<string, object>(StringComparer.OrdinalIgnoreCase);
    readonly Dictionary<string, RegistryValueKind> kinds = new Dictionary<string, RegistryValueKind>(StringComparer.OrdinalIgnoreCase);

    public int ValueCount { get { return data.Count; } }
    public int SubKeyCount { get { return keys.Count; } }
    public void Close() { }

    public FakeKey OpenSubKey(string path, bool writable)
    {
        FakeKey key = this;
        foreach (string name in path.Split('\\'))
        {
            if (!key.keys.TryGetValue(name, out key)) return null;
        }
        return key;
    }

    public FakeKey CreateSubKey(string path)
    {
        FakeKey key = this;
        foreach (string name in path.Split('\\'))
        {
            if (!key.keys.ContainsKey(name)) key.keys[name] = new FakeKey();
            key = key.keys[name];
        }
        return key;
    }

    public void DeleteSubKey(string path, bool throwOnMissing)
    {
        string[] names = path.Split('\\');
        FakeKey parent = this;
        if (names.Length > 1) parent = OpenSubKey(string.Join("\\", names.Take(names.Length - 1)), true);
        string last = names[names.Length - 1];
        if (parent.keys[last].SubKeyCount > 0) throw new InvalidOperationException("The key has subkeys.");
        parent.keys.Remove(last);
    }

    public string[] GetValueNames() { return data.Keys.ToArray(); }
    public RegistryValueKind GetValueKind(string name) { return kinds[name]; }
    public object GetValue(string name, object otherwise, RegistryValueOptions options) { return data[name]; }

    public void SetValue(string name, object value, RegistryValueKind kind)
    {
        Type type = value.GetType();
        bool fits = kind == RegistryValueKind.DWord && type == typeof(int)
            || kind == RegistryValueKind.QWord && type == typeof(long)
            || kind == RegistryValueKind.MultiString && type == typeof(string[])
            || kind == RegistryValueKind.Binary && type == typeof(byte[])
            || (kind == RegistryValueKind.String || kind == RegistryValueKind.ExpandString) && type == typeof(string);
        if (!fits) throw new ArgumentException(type.FullName + " does not go with " + kind + ".");
        data[name] = value;
        kinds[name] = kind;
    }

    public void DeleteValue(string name, bool throwOnMissing)
    {
        data.Remove(name);
        kinds.Remove(name);
    }
}
'@
$script:Root = New-Object -TypeName FakeKey

function Get-AovpnHive {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Key)
    $null = $Key
    $script:Root
}
