from tests.lab.wire.conftest import authority, files, no_environment_settings

__all__ = ["authority", "files", "no_environment_settings"]
