"""Errors that a simulated function throws."""

from __future__ import annotations


class Thrown(Exception):  # noqa: N818 - an answer of the simulation, not an error of the lab
    """A terminating error inside a function, which a step turns into a record.

    `error_id` is the id in the record; that of `throw 'text'` is `RuntimeException`.
    """

    def __init__(self, message: str, error_id: str = "RuntimeException") -> None:
        super().__init__(message)
        self.message = message
        self.error_id = error_id


def blocked_by_language_mode() -> Thrown:
    """Return the error of a .NET call in constrained language mode."""
    return Thrown(
        "Cannot invoke method. Method invocation is supported only on core types in this language "
        "mode.",
        "MethodInvocationNotSupportedInConstrainedLanguage",
    )
