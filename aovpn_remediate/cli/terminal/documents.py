"""A plan, a run or a verification by what a person calls it: a file, or a run of the journal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

import aovpn_remediate as aovpn
from aovpn_remediate.errors import InputError, Problem
from aovpn_remediate.reports import Document
from aovpn_remediate.results import Plan, Run, Verification

_ANY: TypeAdapter[Document] = TypeAdapter(
    Annotated[Plan | Run | Verification, Field(discriminator="kind")]
)


def load_document(name: str, journal: str | None) -> Document:
    """From a file that `plan -o`, `--format json` or `--report json:FILE` made, or the journal.

    Raises `InputError` for a file that is none, `UsageError` where there is no such run.
    """
    path = Path(name)
    if path.suffix == ".json" or path.is_file():
        return _from_file(path)
    return aovpn.show(name, journal)


def _from_file(path: Path) -> Document:
    try:
        return _ANY.validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(Problem(path, 0, 0, "", f"cannot be read: {error.strerror}")) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        what = f"is no plan, run or verification: {first['msg']}"
        raise InputError(Problem(path, 0, 0, where, what)) from None
