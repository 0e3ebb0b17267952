@{
    RootModule        = 'VpnClient.psm1'
    ModuleVersion     = '1.0'
    GUID              = '1426ca95-1b2a-54d8-ad0e-69bd5a4771d2'
    FunctionsToExport = @(
        'Add-VpnConnection', 'Add-VpnConnectionRoute', 'Get-VpnConnection', 'Remove-VpnConnection',
        'Remove-VpnConnectionRoute', 'Set-VpnConnection', 'Set-VpnConnectionIPsecConfiguration')
    CmdletsToExport   = @()
}
