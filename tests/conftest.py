"""What every test rests on."""

from __future__ import annotations

import os
import signal

from .journal.fixtures import journal_url, postgresql, postgresql_url

__all__ = ["journal_url", "postgresql", "postgresql_url"]

# Tests start the program some hundred times: without bytecode each start compiles all of it anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A shell that starts the suite in the background makes it deaf to Ctrl-C, and its children with it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
