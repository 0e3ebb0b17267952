using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Principal;
using Microsoft.Win32;

namespace AovpnEngine
{
    /// <summary>What the WinNT provider of ADSI gives as a member of a group: a COM object.</summary>
    public sealed class AdsMember
    {
        internal AdsMember(string path, string schema, string sid) { Path = path; Schema = schema; Sid = sid; }

        internal string Path { get; }

        internal string Schema { get; }

        internal string Sid { get; }
    }

    /// <summary>
    /// [ADSI] for local groups, as System.DirectoryServices.DirectoryEntry answers on Windows. A group NAME is the key
    /// HKLM\SOFTWARE\AovpnStandIn\Groups\NAME with the value Members: lines of ADsPath|Class|SID. LDAP:// paths are those of
    /// Directory.cs.
    /// </summary>
    public sealed class AdsEntry
    {
        private const string Ldap = "LDAP://localhost/";
        private const string Store = @"SOFTWARE\AovpnStandIn\Groups\";
        private readonly AdsMember member;
        private readonly string group;
        private readonly List<byte[]> deleted = new();

        public AdsEntry(string path)
        {
            this.Path = path;
            if (path.StartsWith(Ldap, StringComparison.Ordinal)) this.Name = path.Substring(Ldap.Length).Replace("\\/", "/");
            string prefix = "WinNT://" + Environment.MachineName + "/";
            if (!path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
                || !path.EndsWith(",group", StringComparison.OrdinalIgnoreCase))
            {
                // Bound when it is used first, as on Windows.
                return;
            }

            this.group = path.Substring(prefix.Length, path.Length - prefix.Length - ",group".Length);
        }

        public AdsEntry(AdsMember adsObject) => this.member = adsObject;

        public string Path { get; }

        /// <summary>Properties of RootDSE.</summary>
        public IDictionary Properties => this.Name == "RootDSE"
            ? StandInDirectory.Root()
            : throw new COMException("Unspecified error", unchecked((int)0x80004005));

        internal string Name { get; }

        /// <summary>Asks the directory.</summary>
        public void RefreshCache() => StandInDirectory.Root();

        /// <summary>Deletes an object and what is below it.</summary>
        public void DeleteTree() => StandInDirectory.Delete(this.Name);

        /// <summary>Members of a group.</summary>
        public object Invoke(string methodName, params object[] args)
        {
            if (this.Name is not null) return this.Change(methodName, args);
            if (this.group is null) throw new COMException("Unknown error (0x80005000)", unchecked((int)0x80005000));
            if (!methodName.Equals("Members", StringComparison.OrdinalIgnoreCase))
            {
                throw new COMException("Unknown name.", unchecked((int)0x80020006));
            }

            using RegistryKey key = Registry.LocalMachine.OpenSubKey(Store + this.group);
            if (key is null) throw new COMException("The group name could not be found.\r\n", unchecked((int)0x800708AC));
            List<AdsMember> found = new();
            foreach (string line in (string[])key.GetValue("Members", Array.Empty<string>()))
            {
                string[] parts = line.Split('|');
                found.Add(new AdsMember(parts[0], parts[1], parts[2]));
            }

            return found;
        }

        // IADs::PutEx with ADS_PROPERTY_DELETE, which takes effect with SetInfo.
        private object Change(string method, object[] args)
        {
            if (method == "PutEx" && args.Length == 3 && (int)args[0] == 4 && (string)args[1] == "cACertificate")
            {
                this.deleted.AddRange(((object[])args[2]).Select(value => (byte[])(value is PSObject one ? one.BaseObject : value)));
            }
            else if (method == "SetInfo" && args.Length == 0)
            {
                foreach (byte[] value in this.deleted) StandInDirectory.DeleteValue(this.Name, value);
                this.deleted.Clear();
            }
            else throw new COMException("Unknown name.", unchecked((int)0x80020006));

            return null;
        }

        /// <summary>A property of a member.</summary>
        public object InvokeGet(string propertyName)
        {
            if (this.member is null) throw new COMException("Unknown error (0x80005000)", unchecked((int)0x80005000));
            switch (propertyName.ToLowerInvariant())
            {
                case "adspath": return this.member.Path;
                case "class": return this.member.Schema;
                case "objectsid":
                    SecurityIdentifier sid = new(this.member.Sid);
                    byte[] bytes = new byte[sid.BinaryLength];
                    sid.GetBinaryForm(bytes, 0);
                    return bytes;
                default:
                    throw new COMException(
                        "The directory property cannot be found in the cache.", unchecked((int)0x8000500D));
            }
        }
    }

    /// <summary>Puts AdsEntry behind [ADSI], and AdsSearcher behind [adsisearcher].</summary>
    internal static class Adsi
    {
        internal static void StandIn()
        {
            Type accelerators = typeof(PSObject).Assembly.GetType("System.Management.Automation.TypeAccelerators", true);
            FieldInfo builtin = accelerators.GetField("builtinTypeAccelerators", BindingFlags.Static | BindingFlags.NonPublic);
            Dictionary<string, Type> types = (Dictionary<string, Type>)builtin.GetValue(null);
            types["adsi"] = typeof(AdsEntry);
            types["adsisearcher"] = typeof(AdsSearcher);
        }
    }
}
