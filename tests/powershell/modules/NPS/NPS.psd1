@{
    RootModule        = 'NPS.psm1'
    ModuleVersion     = '1.0'
    GUID              = 'b8ae85f8-2ab3-5ce4-b289-ceacc665bbfc'
    FunctionsToExport = @(
        'Export-NpsConfiguration', 'Get-NpsRadiusClient', 'Get-NpsSharedSecretTemplate',
        'Import-NpsConfiguration', 'New-NpsRadiusClient', 'Remove-NpsRadiusClient', 'Set-NpsRadiusClient')
    CmdletsToExport   = @()
}
