"""Record the answers of the cases anew: `make record`.

A host is brought into the state that a case says, and the line of its answer is written as the
host prints it. Everything else in the case files stays as it is.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from tests.powershell.conftest import serving
from tests.powershell.engines import WINDOWS
from tests.powershell.host import EngineHost

from .answers import FOLDER, arrange, clear, recorded


def rewritten(text: str, case: str, answer: Any) -> str:
    """A case file with another answer in one case, which has a line of its own for it."""
    lines = text.splitlines(keepends=True)
    starts = [n for n, line in enumerate(lines) if line.startswith("- ")]
    names = [next(iter(yaml.safe_load(lines[n]))) for n in starts]
    first = next(n for n, one in zip(starts, names, strict=True) if one.get("case") == case)
    place = next(n for n in range(first, len(lines)) if lines[n].lstrip().startswith("answer:"))
    lines[place] = f"  answer: {json.dumps(answer, ensure_ascii=False)}\n"
    return "".join(lines)


def main() -> int:
    """Record all that a host answers differently; a line for each."""
    if WINDOWS.missing:
        print(WINDOWS.missing)  # noqa: T201 - what it shows
        return 1
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(str(WINDOWS.program), Path(folder), warm=0) as lab,
        lab.connect() as session,
    ):
        host = EngineHost("windows", session)
        for kind, case in recorded():
            answer = host.answer(arrange(host, kind, case))
            if answer == case["answer"]:
                continue
            path = FOLDER / kind / "cases.yaml"
            path.write_text(rewritten(path.read_text("utf-8"), case["case"], answer), "utf-8")
            print(f"{kind}/{case['case']}: {answer}")  # noqa: T201 - what it shows
        clear(host)
    return 0


if __name__ == "__main__":
    sys.exit(main())
