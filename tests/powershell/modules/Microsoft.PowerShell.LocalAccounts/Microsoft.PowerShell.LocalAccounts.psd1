@{
    RootModule        = 'Microsoft.PowerShell.LocalAccounts.psm1'
    ModuleVersion     = '1.0'
    GUID              = '23917021-76cd-5742-94fe-8b66ffd9291f'
    FunctionsToExport = @(
        'Add-LocalGroupMember', 'Get-LocalGroup', 'Get-LocalGroupMember', 'Get-LocalUser',
        'Remove-LocalGroupMember')
    CmdletsToExport   = @()
}
