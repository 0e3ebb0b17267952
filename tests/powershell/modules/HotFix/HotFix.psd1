@{
    RootModule        = 'HotFix.psm1'
    ModuleVersion     = '1.0'
    GUID              = '5f1c1d9e-5e6b-4b0c-8d53-7b1b0c4f2e11'
    FunctionsToExport = @('Get-HotFix')
    CmdletsToExport   = @()
}
