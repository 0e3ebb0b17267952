using System;
using System.Collections;
using System.Collections.Generic;
using System.Collections.Specialized;
using System.Linq;
using System.Runtime.InteropServices;
using Microsoft.Win32;

namespace AovpnEngine
{
    /// <summary>
    /// The public key services of Active Directory, below HKLM\SOFTWARE\AovpnStandIn\Directory: the keys
    /// NTAuthCertificates, AIA\NAME and Certification Authorities\NAME, in which each value is the DER of a certificate.
    /// The values of the key itself: Context (the configuration partition), Capabilities (REG_MULTI_SZ), Error (an HRESULT
    /// that everything ends with), Writes (what was changed here, a line each).
    /// </summary>
    internal static class StandInDirectory
    {
        private const string Store = @"SOFTWARE\AovpnStandIn\Directory";

        internal static IDictionary Root()
        {
            return new HybridDictionary(true)
            {
                ["configurationNamingContext"] = new PropertyValues(Context()),
                ["dnsHostName"] = new PropertyValues("dc-01.corp.example.net"),
                ["supportedCapabilities"] = new PropertyValues((string[])Value("Capabilities", Array.Empty<string>())),
            };
        }

        internal static List<AdsResult> Children(string name, string filter)
        {
            string services = "CN=Public Key Services,CN=Services," + Context();
            bool above = name == services;
            if (filter != "(objectClass=certificationAuthority)"
                && !(above && filter == "(&(objectClass=certificationAuthority)(cn=NTAuthCertificates))"))
            {
                throw new ArgumentException("stand-in: an unknown filter " + filter);
            }

            string container = above ? "" : Container(name, services);
            using RegistryKey key = Registry.LocalMachine.OpenSubKey(Store + container);
            string[] names = key is null ? Array.Empty<string>() : key.GetSubKeyNames();
            return names.Where(one => !above || one == "NTAuthCertificates")
                .Select(one => new AdsResult("CN=" + one + "," + name, Values(container + "\\" + one))).ToList();
        }

        internal static void Delete(string name)
        {
            Registry.LocalMachine.DeleteSubKeyTree(Store + Place(name));
            Note("delete " + name);
        }

        internal static void DeleteValue(string name, byte[] der)
        {
            using RegistryKey key = Registry.LocalMachine.OpenSubKey(Store + Place(name), true);
            string[] found = key.GetValueNames().Where(one => der.AsSpan().SequenceEqual((byte[])key.GetValue(one))).ToArray();
            if (found.Length != 1) throw new COMException("The specified directory service attribute or value does not exist.", unchecked((int)0x8007200A));
            if (key.ValueCount == 1) throw new COMException("A required attribute is missing.", unchecked((int)0x80072014));
            key.DeleteValue(found[0]);
            Note("delete value of " + name);
        }

        // The place of an entry: \NTAuthCertificates, \AIA\NAME, \Certification Authorities\NAME.
        private static string Place(string name)
        {
            string services = ",CN=Public Key Services,CN=Services," + Context();
            if (!name.EndsWith(services, StringComparison.Ordinal)) throw Missing();
            string[] parts = name.Substring(0, name.Length - services.Length).Split(",CN=");
            parts[0] = parts[0].Substring(3);
            return "\\" + string.Join("\\", parts.Reverse());
        }

        private static string Container(string name, string services)
        {
            foreach (string one in new[] { "AIA", "Certification Authorities" })
            {
                if (name == "CN=" + one + "," + services) return "\\" + one;
            }

            throw Missing();
        }

        private static COMException Missing() =>
            new("There is no such object on the server.\r\n", unchecked((int)0x80072030));

        private static List<byte[]> Values(string place)
        {
            using RegistryKey key = Registry.LocalMachine.OpenSubKey(Store + place);
            return key.GetValueNames().Select(one => (byte[])key.GetValue(one)).ToList();
        }

        private static string Context() =>
            (string)Value("Context", "CN=Configuration,DC=corp,DC=example,DC=net");

        private static object Value(string name, object otherwise)
        {
            using RegistryKey key = Registry.LocalMachine.OpenSubKey(Store);
            object error = key?.GetValue("Error");
            if (error is int number) throw new COMException("The server is not operational.\r\n", number);
            return key?.GetValue(name) ?? otherwise;
        }

        private static void Note(string line)
        {
            using RegistryKey key = Registry.LocalMachine.CreateSubKey(Store);
            string[] before = (string[])key.GetValue("Writes", Array.Empty<string>());
            key.SetValue("Writes", before.Append(line).ToArray(), RegistryValueKind.MultiString);
        }
    }

    /// <summary>PropertyValueCollection: the value of one, and all of them.</summary>
    public sealed class PropertyValues : ArrayList
    {
        public PropertyValues(params string[] values)
            : base(values)
        {
        }

        public object Value => this.Count == 1 ? this[0] : null;
    }

    /// <summary>SearchResult: the names of its properties are in small letters.</summary>
    public sealed class AdsResult
    {
        private readonly string name;

        internal AdsResult(string name, List<byte[]> values)
        {
            this.name = name;
            this.Properties = new HybridDictionary(true) { ["cacertificate"] = new ArrayList(values) };
        }

        public IDictionary Properties { get; }

        public AdsEntry GetDirectoryEntry() => new("LDAP://localhost/" + this.name.Replace("/", "\\/"));
    }

    /// <summary>SearchResultCollection.</summary>
    public sealed class AdsResults : ArrayList, IDisposable
    {
        internal AdsResults(List<AdsResult> found)
            : base(found)
        {
        }

        public void Dispose() => this.Clear();
    }

    /// <summary>System.DirectoryServices.DirectorySearcher.</summary>
    public sealed class AdsSearcher
    {
        private readonly string filter;

        public AdsSearcher(string filter) => this.filter = filter;

        public AdsEntry SearchRoot { get; set; }

        public string SearchScope { get; set; }

        public int PageSize { get; set; }

        public StringCollection PropertiesToLoad { get; } = new();

        public AdsResults FindAll()
        {
            if (this.SearchScope != "OneLevel" || this.PageSize == 0 || !this.PropertiesToLoad.Contains("cACertificate"))
            {
                throw new ArgumentException("stand-in: one level, in pages, with cACertificate");
            }

            return new AdsResults(StandInDirectory.Children(this.SearchRoot.Name, this.filter));
        }
    }
}
