using System;
using System.IO;
using System.Reflection;
using System.Runtime.InteropServices;

namespace AovpnEngine
{
    /// <summary>Gives seams.dll to the assemblies that ask Windows for what Wine does not have.</summary>
    internal static class Seams
    {
        private static readonly string[] Redirected =
        {
            "System.ServiceProcess.ServiceController", "System.Security.AccessControl",
            "System.Security.Principal.Windows", "System.IO.FileSystem.AccessControl",
        };

        // Where the drive Cert: asks for stores.
        private static readonly string[] Certificates =
        {
            "System.Management.Automation", "Microsoft.PowerShell.Security",
        };

        private static readonly string Library = Path.Combine(AppContext.BaseDirectory, "seams.dll");

        internal static void Open()
        {
            if (!File.Exists(Library)) return;
            IntPtr patch = NativeLibrary.GetExport(NativeLibrary.Load(Library), "AovpnPatch");
            Marshal.GetDelegateForFunctionPointer<Action>(patch)();
            AppDomain.CurrentDomain.AssemblyLoad += (_, loaded) => Redirect(loaded.LoadedAssembly);
            foreach (Assembly assembly in AppDomain.CurrentDomain.GetAssemblies()) Redirect(assembly);
        }

        private static void Redirect(Assembly assembly)
        {
            if (assembly.IsDynamic) return;
            if (Array.IndexOf(Certificates, assembly.GetName().Name) >= 0)
            {
                NativeLibrary.SetDllImportResolver(assembly, (name, _, _) =>
                    name.ToLowerInvariant() is "crypt32.dll" or "crypt32" ? NativeLibrary.Load(Library) : IntPtr.Zero);
                return;
            }
            // What Add-Type compiles lies in memory alone.
            bool chosen = assembly.Location.Length == 0 || Array.IndexOf(Redirected, assembly.GetName().Name) >= 0;
            if (!chosen) return;
            bool files = assembly.GetName().Name == "System.IO.FileSystem.AccessControl";
            NativeLibrary.SetDllImportResolver(assembly, (name, _, _) => Resolve(name, files));
        }

        private static IntPtr Resolve(string name, bool files)
        {
            string library = name.ToLowerInvariant();
            bool ours = library is "advapi32.dll" or "advapi32" || (files && library is "kernel32.dll" or "kernel32");
            return ours ? NativeLibrary.Load(Library) : IntPtr.Zero;
        }
    }
}
