"""Build the real PowerShell engines into `.engine/`: `python -m tests.powershell.build`.

Each part says in one line that it was built, that it is up to date, or what is missing and which
tests are skipped without it. Exit code 1 if a part could not be built though nothing is missing.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).resolve().parent
ROOT = SOURCES.parents[1]
ENGINE = ROOT / ".engine"
_GCC = "x86_64-w64-mingw32-gcc"
_NM = "x86_64-w64-mingw32-nm"
_TOOLS = {
    "dotnet": "the .NET SDK 10 (dotnet.microsoft.com)",
    "wine": "Wine (Debian: wine wine64)",
    "wineboot": "Wine (Debian: wine wine64)",
    _GCC: "MinGW-w64 (Debian: gcc-mingw-w64-x86-64-win32)",
    _NM: "MinGW-w64 (Debian: gcc-mingw-w64-x86-64-win32)",
}
_ENVIRONMENT = {
    "DOTNET_CLI_TELEMETRY_OPTOUT": "1",
    "DOTNET_NOLOGO": "1",
    "POWERSHELL_TELEMETRY_OPTOUT": "1",
}
_LONGEST = 900
_LAST_WORDS = 800


class BuildError(Exception):
    """A command of a build failed."""


def pinned(name: str) -> str:
    """A version of Directory.Build.props."""
    text = (SOURCES / "Directory.Build.props").read_text("utf-8")
    found = re.search(rf"<{name}>(.+?)</{name}>", text)
    if found is None:
        raise LookupError(name)
    return found.group(1)


def run(*command: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Run a command of a build; its output. Raises `BuildError` with the end of that."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **_ENVIRONMENT, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=_LONGEST,
    )
    if done.returncode:
        said = " ".join(done.stdout.decode(errors="replace").split())[-_LAST_WORDS:]
        raise BuildError(f"{command[0]} ended with {done.returncode}: {said}")
    return done.stdout.decode(errors="replace")


@dataclass(frozen=True)
class Part:
    """One thing to build; it is built again when a source of it, or this file, has changed."""

    name: str
    makes: str
    """The path below `.engine/` that it makes."""
    sources: tuple[str, ...]
    """Files and folders beside this file."""
    tools: tuple[str, ...]
    build: Callable[[], None]
    proves: str
    """The tests that are skipped without it."""
    after: tuple[str, ...] = ()
    """Names of parts that it needs."""

    @property
    def stamp(self) -> Path:
        """The file that holds the digest of the sources of what is built."""
        return ENGINE / "stamps" / self.makes.replace("/", "-")

    def digest(self) -> str:
        """The digest of everything that it is made from."""
        # What is built holds its own path: a checkout that was moved is built again.
        whole = hashlib.sha256(f"{ENGINE}\0".encode())
        roots = ("build.py", "Directory.Build.props", *self.sources)
        for path in _files(SOURCES / root for root in roots):
            whole.update(f"{path.relative_to(SOURCES)}\0".encode() + path.read_bytes() + b"\0")
        return whole.hexdigest()

    def is_current(self, digest: str) -> bool:
        """True if it is built from just these sources."""
        built = (ENGINE / self.makes).exists() and self.stamp.exists()
        return built and self.stamp.read_text() == digest


def _files(roots: Iterable[Path]) -> list[Path]:
    found = [p for root in roots for p in ([root] if root.is_file() else root.rglob("*"))]
    return sorted(p for p in found if p.is_file() and not {"bin", "obj"} & {*p.parts})


def _script(name: str, text: str) -> None:
    path = ENGINE / "bin" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def _linux() -> None:
    version, tool = pinned("PowerShellVersion"), ENGINE / "tool"
    shutil.rmtree(tool, ignore_errors=True)
    run("dotnet", "tool", "install", "--tool-path", tool, "PowerShell", "--version", version)
    [program] = tool.glob(".store/powershell/*/powershell/*/tools/*/any/unix/pwsh.dll")
    # Not the tool's own starter: it starts a second process, which would outlive a killed one.
    _script(
        "pwsh",
        "export POWERSHELL_TELEMETRY_OPTOUT=1 POWERSHELL_UPDATECHECK=Off\n"
        f'exec "{shutil.which("dotnet")}" "{program}" "$@"',
    )


def _windows() -> None:
    shutil.rmtree(ENGINE / "win", ignore_errors=True)
    artifacts = ENGINE / "artifacts"
    project = SOURCES / "host" / "pwsh.csproj"
    options = ("-c", "Release", "-o", ENGINE / "win", "--artifacts-path", artifacts)
    run("dotnet", "publish", project, *options)
    # PowerShell's own hangs under Wine: the one below modules/ takes its place.
    shutil.rmtree(ENGINE / "win" / "Modules" / "CimCmdlets", ignore_errors=True)
    # -s speaks PSRP on stdin and stdout; anything else needs a console, which needs a terminal.
    _script(
        "winpwsh",
        f'. "{ENGINE}/wine.env"\n'
        # Started by a session, the server would keep its streams open beyond its end.
        "wineserver -p60 </dev/null >/dev/null 2>&1\n"
        f'for word in "$@"; do [ "$word" = -s ] && exec wine "{ENGINE}/win/pwsh.exe" "$@"; done\n'
        f'exec "{sys.executable}" "{SOURCES}/console.py" wine "{ENGINE}/win/pwsh.exe" "$@"',
    )


def _modules() -> None:
    modules = ENGINE / "win" / "Modules"
    for module in (SOURCES / "modules").iterdir():
        if module.is_dir():
            shutil.rmtree(modules / module.name, ignore_errors=True)
            shutil.copytree(module, modules / module.name)
        elif module.suffix == ".psm1":
            shutil.copy2(module, modules)
    # PowerShell's own asks the .NET Framework; the function of HotFix is found instead.
    [own] = modules.glob("Microsoft.PowerShell.Management/*.psd1")
    own.write_text(own.read_text("utf-8").replace('"Get-HotFix",', ""), "utf-8")


_WINE = """\
export WINEPREFIX="${{AOVPN_WINE_PREFIX:-{engine}/prefix}}" WINEARCH=win64 WINEDEBUG=-all
# Wine's own sc.exe knows no `config`; its netsh.exe and certutil.exe do nothing.
export WINEDLLOVERRIDES='mshtml=;{programs}=n'
export DOTNET_EnableWriteXorExecute=0 DOTNET_TieredPGO=0 DOTNET_gcServer=0
export POWERSHELL_TELEMETRY_OPTOUT=1 POWERSHELL_UPDATECHECK=Off
# Wine says Restricted, a server RemoteSigned.
export PSExecutionPolicyPreference=RemoteSigned
"""
_PROGRAMS = ("auditpol", "certutil", "netsh", "sc")
_NT = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
_VALUES = (
    (_NT, "CurrentBuildNumber", "REG_SZ", "20348"),
    (_NT, "UBR", "REG_DWORD", "3207"),
    (_NT, "ProductName", "REG_SZ", "Windows Server 2022 Standard"),
    (_NT, "EditionID", "REG_SZ", "ServerStandard"),
    (r"HKLM\SYSTEM\CurrentControlSet\Control\ProductOptions", "ProductType", "REG_SZ", "ServerNT"),
)
"""The registry of a Windows Server 2022, where Wine's says something else or nothing."""
_CERTIFICATES = r"HKLM\SOFTWARE\Microsoft\SystemCertificates"
_STORES = ("AuthRoot", "CA", "Disallowed", "My", "Root", "TrustedPeople", "TrustedPublisher")


def _prefix() -> None:
    prefix = ENGINE / "prefix"
    wine = {"WINEPREFIX": str(prefix), "WINEARCH": "win64", "WINEDEBUG": "-all"}
    if prefix.exists():
        subprocess.run(["wineserver", "-k"], env={**os.environ, **wine}, check=False)
        shutil.rmtree(prefix)
    quiet = {**wine, "WINEDLLOVERRIDES": "mscoree=;mshtml="}
    run("wineboot", "-i", env=quiet)
    run("wineserver", "-w", env=quiet)
    run("wine", "winecfg", "-v", "win10", env=quiet)  # .NET 10 does not start on Windows 7
    for store in _STORES:
        run("wine", "reg", "add", rf"{_CERTIFICATES}\{store}\Certificates", "/f", env=quiet)
    for key, name, kind, value in _VALUES:
        run("wine", "reg", "add", key, "/v", name, "/t", kind, "/d", value, "/f", env=quiet)
    run("wineserver", "-w", env=quiet)
    names = ",".join(f"{name}.exe" for name in _PROGRAMS)
    (ENGINE / "wine.env").write_text(_WINE.format(engine=ENGINE, programs=names))


def _native() -> None:
    system = ENGINE / "prefix" / "drive_c" / "windows" / "system32"
    for name in _PROGRAMS:
        source, target = SOURCES / "programs" / f"{name}.c", system / f"{name}.exe"
        # What Wine put there may be a link into Wine itself.
        target.unlink(missing_ok=True)
        run(_GCC, "-O1", "-municode", "-o", target, source, "-ladvapi32", "-lcrypt32")


def _services() -> None:
    target = ENGINE / "services"
    target.mkdir(parents=True, exist_ok=True)
    source = SOURCES / "services"
    run(_GCC, "-O1", "-o", target / "service.exe", source / "service.c", "-ladvapi32")


def _seams() -> None:
    source, made = SOURCES / "seams", ENGINE / "seams"
    made.mkdir(parents=True, exist_ok=True)
    definition = made / "seams.def"
    definition.write_text("LIBRARY seams\nEXPORTS\n" + "\n".join(_exports(source)) + "\n")
    code = sorted(source.glob("*.c"))
    libraries = ("-ladvapi32", "-lcrypt32", "-lntdll")
    library = ENGINE / "win" / "seams.dll"
    run(_GCC, "-O1", "-shared", "-o", library, *code, definition, *libraries)


def _exports(source: Path) -> list[str]:
    """Our functions, and everything else of the libraries that they stand in for, passed on."""
    ours = (source / "exports.txt").read_text("utf-8").splitlines()
    names = {line.partition(" ")[0] for line in ours}
    for library in ("advapi32", "crypt32"):
        archive = run(_GCC, f"-print-file-name=lib{library}.a").strip()
        symbols = run(_NM, "--defined-only", "--quiet", archive).splitlines()
        rest = {line.split()[2] for line in symbols if " T " in line} - names
        ours += [f"{name} = {library}.{name}" for name in sorted(rest)]
    return ours


def _checker() -> None:
    target = ENGINE / "ps51"
    shutil.rmtree(target, ignore_errors=True)
    artifacts = ENGINE / "artifacts-ps51"
    options = ("-c", "Release", "-o", target, "--artifacts-path", artifacts)
    run("dotnet", "build", SOURCES / "ps51" / "Ps51.csproj", *options, "-v", "q")


PARTS: Sequence[Part] = (
    Part("PowerShell for Linux", "bin/pwsh", (), ("dotnet",), _linux, "tests on the Linux engine"),
    Part(
        "PowerShell for Windows",
        "bin/winpwsh",
        ("host", "console.py"),
        ("dotnet", "wine"),
        _windows,
        "tests with the real registry and services",
    ),
    Part(
        "Stand-in modules",
        "win/Modules/CimCmdlets",
        ("modules",),
        (),
        _modules,
        "tests with the real registry and services",
        after=("PowerShell for Windows",),
    ),
    Part(
        "Wine's Windows",
        "prefix/system.reg",
        (),
        ("wine", "wineboot"),
        _prefix,
        "tests with the real registry and services",
    ),
    Part(
        "Services",
        "services/service.exe",
        ("services",),
        (_GCC,),
        _services,
        "tests of restarts on the engine",
        after=("Wine's Windows",),
    ),
    Part(
        "Native programs",
        "prefix/drive_c/windows/system32/auditpol.exe",
        ("programs",),
        (_GCC,),
        _native,
        "tests of delayed starts and of netsh, certutil and auditpol on the engine",
        after=("Wine's Windows",),
    ),
    Part(
        "Seams",
        "win/seams.dll",
        ("seams",),
        (_GCC, _NM),
        _seams,
        "tests of user rights, groups, access lists and dependents",
        after=("PowerShell for Windows",),
    ),
    Part(
        "Checker for Windows PowerShell 5.1",
        "ps51/Ps51.dll",
        ("ps51",),
        ("dotnet",),
        _checker,
        "the check of the templates for 5.1",
    ),
)


def main() -> int:
    """Build each part in turn, a line each."""
    there: set[str] = set()
    rebuilt: set[str] = set()
    failed = 0
    for part in PARTS:
        line, state = _made(part, there, rebuilt)
        print(f"{part.name}: {line}", flush=True)  # noqa: T201 - what `make engine` shows
        there |= {part.name} if state in ("built", "current") else set()
        rebuilt |= {part.name} if state == "built" else set()
        failed += state == "failed"
    return 1 if failed else 0


def _made(part: Part, there: set[str], rebuilt: set[str]) -> tuple[str, str]:
    """Build a part if it has to be; the line about it, and built, current, missing or failed."""
    missing = [_TOOLS[tool] for tool in part.tools if shutil.which(tool) is None]
    missing += [name for name in part.after if name not in there]
    if missing:
        needs = " and ".join(dict.fromkeys(missing))
        return f"skipped, {needs} is missing; without it: no {part.proves}", "missing"
    digest = part.digest()
    if part.is_current(digest) and rebuilt.isdisjoint(part.after):
        return "up to date", "current"
    began = time.monotonic()
    part.stamp.parent.mkdir(parents=True, exist_ok=True)
    part.stamp.unlink(missing_ok=True)
    try:
        part.build()
    except (BuildError, OSError, ValueError, subprocess.TimeoutExpired) as error:
        return f"FAILED: {error}", "failed"
    part.stamp.write_text(digest)
    return f"built in {time.monotonic() - began:.0f} s", "built"


if __name__ == "__main__":
    sys.exit(main())
