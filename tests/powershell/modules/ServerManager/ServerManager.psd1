@{
    RootModule        = 'ServerManager.psm1'
    ModuleVersion     = '1.0'
    GUID              = '22bbdedd-8d4c-51f7-a841-1394c22f8c4d'
    FunctionsToExport = @(
        'Get-WindowsFeature', 'Install-WindowsFeature', 'Uninstall-WindowsFeature')
    CmdletsToExport   = @()
    AliasesToExport   = @('Add-WindowsFeature', 'Remove-WindowsFeature')
}
