@{
    RootModule        = 'Microsoft.PowerShell.Diagnostics.psm1'
    ModuleVersion     = '7.0.0.0'
    GUID              = 'CA046F10-CA64-4740-8FF9-2565DBA61A4F'
    FunctionsToExport = @('Get-WinEvent')
    CmdletsToExport   = @()
}
