"""What a simulated function throws."""

from __future__ import annotations


class Thrown(Exception):  # noqa: N818 - what PowerShell throws is an answer here, not an error
    """A terminating error inside a function; a step makes a record of it.

    The id is what a record would say: `RuntimeException` is that of `throw 'text'`.
    """

    def __init__(self, message: str, error_id: str = "RuntimeException") -> None:
        super().__init__(message)
        self.message = message
        self.error_id = error_id


def refused_by_language() -> Thrown:
    """What constrained language says to a call of .NET."""
    return Thrown(
        "Cannot invoke method. Method invocation is supported only on core types in this language "
        "mode.",
        "MethodInvocationNotSupportedInConstrainedLanguage",
    )
