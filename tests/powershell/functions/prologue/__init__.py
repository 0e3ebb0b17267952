"""The functions of `prologue.ps1` that a step rests on."""
