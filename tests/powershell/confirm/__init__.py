"""The automatic rollback: arming, confirming, and the rollback itself, on a real PowerShell."""
