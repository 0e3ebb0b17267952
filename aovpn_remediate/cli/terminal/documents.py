"""A document, loaded by the name of a file or of a run in the journal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

import aovpn_remediate as aovpn
from aovpn_remediate.errors import InputError, Problem
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
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        problem = f"not a plan, run, verification or audit: {first['msg']}"
        raise InputError(Problem(path, 0, 0, field, problem)) from None
    except ValueError as error:
        problem = f"not a plan, run, verification or audit: {error}"
        raise InputError(Problem(path, 0, 0, "", problem)) from None
