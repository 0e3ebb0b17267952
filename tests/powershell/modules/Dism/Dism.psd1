@{
    RootModule        = 'Dism.psm1'
    ModuleVersion     = '1.0'
    GUID              = '52ce034a-3339-5852-9a77-a8e2010adef5'
    FunctionsToExport = @(
        'Disable-WindowsOptionalFeature', 'Enable-WindowsOptionalFeature', 'Get-WindowsOptionalFeature')
    CmdletsToExport   = @()
}
