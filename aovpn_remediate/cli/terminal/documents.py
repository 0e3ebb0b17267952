"""A document, loaded by the name of a file or of a run in the journal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

import aovpn_remediate as aovpn
from aovpn_remediate.errors import InputError, Problem, first_problem
from aovpn_remediate.reports import Document
from aovpn_remediate.results import Audit, Plan, Run, Verification
from aovpn_remediate.results.files import from_json

_DOCUMENT: TypeAdapter[Document] = TypeAdapter(
    Annotated[Plan | Run | Verification | Audit, Field(discriminator="kind")]
)


def load_document(name: str, journal: str | None) -> Document:
    """Load a document from a JSON file or, where the name is not a file, from the journal.

    Such files are made by `plan -o`, `--format json` and `--report json:FILE`. Raises `InputError`
    for any other file, `UsageError` if there is no such run.
    """
    path = Path(name)
    if path.suffix == ".json" or path.is_file():
        return _from_file(path)
    return aovpn.show(name, journal)


def _from_file(path: Path) -> Document:
    try:
        return _DOCUMENT.validate_python(from_json(path.read_bytes()))
    except OSError as error:
        raise InputError(Problem(path, 0, 0, "", f"cannot be read: {error.strerror}")) from None
    except ValidationError as error:
        raise _no_document(path, *first_problem(error)) from None
    except ValueError as error:
        raise _no_document(path, "", str(error)) from None


def _no_document(path: Path, place: str, what: str) -> InputError:
    problem = f"not a plan, run, verification or audit: {what}"
    return InputError(Problem(path, 0, 0, place, problem))
