from tests.lab.wire.conftest import authority, files, no_settings_from_outside

__all__ = ["authority", "files", "no_settings_from_outside"]
