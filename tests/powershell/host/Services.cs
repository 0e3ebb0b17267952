using System;
using System.Runtime.InteropServices;

namespace AovpnEngine
{
    // Asks the service control manager what .NET does not tell. Here, because Add-Type takes a session two seconds.
    public static class Services
    {
        private const int Read = 4;

        [StructLayout(LayoutKind.Sequential)]
        private struct Status
        {
            public int Type, State, Accepted, Exit, Specific, CheckPoint, WaitHint, Process, Flags;
        }

        [DllImport("advapi32.dll", CharSet = CharSet.Unicode)]
        private static extern IntPtr OpenSCManagerW(string machine, string database, int access);

        [DllImport("advapi32.dll", CharSet = CharSet.Unicode)]
        private static extern IntPtr OpenServiceW(IntPtr manager, string name, int access);

        [DllImport("advapi32.dll")]
        private static extern bool QueryServiceStatusEx(
            IntPtr service, int level, out Status status, int size, out int needed);

        [DllImport("advapi32.dll")]
        private static extern bool CloseServiceHandle(IntPtr handle);

        // The process of a service, a uint; 0 where it has none. An object, since a caller that PowerShell has compiled
        // expects one: "the result type Int32 is not compatible".
        public static object ProcessId(string name) => Told(name, status => status.Process);

        // What its last end gave: an error of Windows, and where that is 1066 a number of its own.
        public static object ExitCode(string name) => Told(name, status => status.Exit);
        public static object ServiceSpecificExitCode(string name) => Told(name, status => status.Specific);

        private static object Told(string name, Func<Status, int> which)
        {
            IntPtr manager = OpenSCManagerW(null, null, Read), service = IntPtr.Zero;
            try
            {
                service = OpenServiceW(manager, name, Read);
                bool told = QueryServiceStatusEx(service, 0, out Status status, Marshal.SizeOf<Status>(), out _);
                return (uint)(told ? which(status) : 0);
            }
            finally
            {
                if (service != IntPtr.Zero) CloseServiceHandle(service);
                if (manager != IntPtr.Zero) CloseServiceHandle(manager);
            }
        }
    }
}
