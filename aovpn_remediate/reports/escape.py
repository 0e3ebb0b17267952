"""Text of a host or a playbook, made safe for a terminal.

Whatever moves the cursor, sets colours, turns the direction of writing or cannot be seen is shown
as `<U+001B>`: in a path of the registry a backslash would be one more name.
"""

from __future__ import annotations


def visible(text: str) -> str:
    """Return the text with everything that cannot be printed shown as its number."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text)


def one_line(text: str) -> str:
    """Return a message as one line: its line ends carry no meaning."""
    return visible(" ".join(text.split()))
