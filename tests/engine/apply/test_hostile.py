"""Hostile names and values go through the whole path unchanged, or are refused at its beginning."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import aovpn_remediate as aovpn
from aovpn_remediate.engine.plan import file as plan_file
from aovpn_remediate.errors import PlaybookError
from aovpn_remediate.lab.windows.registry import Data, Value
from tests.engine.conftest import MakeSite, Site, dword, one
from tests.engine.scenes import KEY, host, outages, restarts, service

_TEXTS = {
    "all five single quotes": "' \u2018 \u2019 \u201a \u201b ''",
    "double quotes": '" \u201c \u201d \u201e ""',
    "an end of the literal, and then": "'; Stop-Computer; '",
    "expressions of PowerShell": "$(Stop-Computer) $env:TEMP ${x} `n `0 @{} @() %{$_}",
    "lines": "a\nb\r\nc\rd\n",
    "a here-string": "@'\n'@\n@\"\n\"@",
    "wildcards": "[a-z]*?`[",
    "what cannot be seen": "so\u00adft zero\u200bwidth \ufeff\u2028\u2029\u0085\u00a0",
    "control characters": "\x01\x08\x0b\x0c\x1b[31m\x1f\x7f\x80\x9f",
    "escapes of the wire": "_x0041_ _x000A_ _x005F_x _X000a_ &lt; &#10; ]]> <Obj/>",
    "beyond the plane": "\U0001f600 \U0010ffff e\u0301 \u00e9 \u0130 \u00df",
    "words that are none": "null",
    "numbers that are none": "1_000",
    "an expression of a playbook": "{{ x }} {% y %}",
    "a comment": "# <# #> --% &&",
    "spaces around": "  x  ",
    "nothing": "",
    "one quote": "\u2019",
    "a state": '{"missing":"HKEY_LOCAL_MACHINE\\\\SOFTWARE"}',
    "a path": "C:\\x\\'y'\\%TEMP%\\..",
}
_NAMES = {
    **{name: text for name, text in _TEXTS.items() if text},
    "a property of the provider": "PSPath",
    "another": "PSChildName",
    "a path": "a\\b/c",
    "long": "x" * 255,
    "the default value": "",
}
ENGINES = pytest.mark.parametrize("engine", ["5.1", "7"])


def _through(
    site: Site, steps: list[dict[str, Any]], variables: dict[str, Any]
) -> tuple[aovpn.Plan, aovpn.Run]:
    """Plan, save, load, apply; a plan after it is empty."""
    book = site.playbook(steps=steps, vars={})
    path = site.folder / "x.plan.json"
    plan_file.save(site.plan(book, variables=variables), path)
    plan = plan_file.load(path)
    run = site.apply(plan)
    assert {step.status for step in one(run).steps} == {"changed"}, one(run)
    assert site.plan(book, variables=variables).exit_code == 0
    return plan, run


def _steps(count: int, **fields: Any) -> tuple[list[dict[str, Any]], list[str]]:
    names = [f"v{n}" for n in range(count)]
    return [{"registry_value": {"name": name, **fields}} for name in names], names


@ENGINES
def test_texts(make_site: MakeSite, engine: str) -> None:
    site = make_site({"host": host(engine=engine)})
    original = site.snapshots()
    kinds = ("string", "expand_string")
    steps = [
        {
            "registry_value": {
                "key": KEY,
                "name": f"{kind} {n}",
                "type": kind,
                "data": f"{{{{ texts[{n}] }}}}",
            }
        }
        for n in range(len(_TEXTS))
        for kind in kinds
    ]
    _, run = _through(site, steps, {"texts": list(_TEXTS.values())})
    registry = site.state().registry
    for n, text in enumerate(_TEXTS.values()):
        assert registry.get(KEY, f"string {n}") == Value("String", text)
        assert registry.get(KEY, f"expand_string {n}") == Value("ExpandString", text)
    assert site.rollback(run.id).exit_code == 0
    assert site.snapshots() == original


@ENGINES
def test_names_of_values_and_keys(make_site: MakeSite, engine: str) -> None:
    site = make_site({"host": host(engine=engine)})
    original = site.snapshots()
    in_keys = [text for text in _NAMES.values() if text and not set("\\/") & set(text)]
    steps = [dword(KEY, f"{{{{ names[{n}] }}}}", n) for n in range(len(_NAMES))]
    steps += [
        dword(f"{KEY}\\{{{{ keys[{n}] }}}}\\below", "x", n, create_key=True)
        for n in range(len(in_keys))
    ]
    _, run = _through(site, steps, {"names": list(_NAMES.values()), "keys": in_keys})
    registry = site.state().registry
    for n, name in enumerate(_NAMES.values()):
        assert registry.get(KEY, name) == Value("DWord", n), name
    for n, name in enumerate(in_keys):
        assert registry.get(f"{KEY}\\{name}\\below", "x") == Value("DWord", n), name
    assert site.rollback(run.id).exit_code == 0
    assert site.snapshots() == original


_DATA: list[tuple[str, Any, Value]] = [
    ("dword", 4294967295, Value("DWord", 4294967295)),
    ("dword", 2147483648, Value("DWord", 2147483648)),
    ("dword", 0, Value("DWord", 0)),
    ("qword", 2**64 - 1, Value("QWord", 2**64 - 1)),
    ("qword", 2**63, Value("QWord", 2**63)),
    ("multi_string", ["one"], Value("MultiString", ("one",))),
    ("multi_string", [], Value("MultiString", ())),
    ("multi_string", ["a b", "'", " "], Value("MultiString", ("a b", "'", " "))),
    ("binary", "ff", Value("Binary", (255,))),
    ("binary", "", Value("Binary", ())),
    ("binary", "00 0A ff", Value("Binary", (0, 10, 255))),
    ("string", "", Value("String", "")),
]


@ENGINES
def test_data_of_each_type_there_and_back(make_site: MakeSite, engine: str) -> None:
    """Also back: what a host held is brought back from what it answered."""
    site = make_site({"host": host(engine=engine)})
    registry = site.state().registry
    for n, (*_, held) in enumerate(reversed(_DATA)):
        registry.set(KEY, f"v{n}", held)
    registry.set(KEY, "", Value("MultiString", ("default",)))
    original = site.snapshots()
    steps = [
        {"registry_value": {"key": KEY, "name": f"v{n}", "type": kind, "data": data}}
        for n, (kind, data, _) in enumerate(_DATA)
    ]
    steps.append({"registry_value": {"key": KEY, "name": "", "type": "string", "data": "new"}})
    _, run = _through(site, steps, {})
    for n, (*_, wanted) in enumerate(_DATA):
        assert registry.get(KEY, f"v{n}") == wanted
    assert registry.get(KEY, "") == Value("String", "new")
    assert site.rollback(run.id).exit_code == 0
    assert site.snapshots() == original


@ENGINES
@pytest.mark.parametrize("text", [*_TEXTS.values(), "\0", "a\0b", "\ud800", "\udc00x\ud800"])
def test_what_a_host_holds_is_brought_back(make_site: MakeSite, engine: str, text: str) -> None:
    """Also what no playbook could have set."""
    held: dict[str, Data] = {"String": text, "ExpandString": text, "MultiString": (text, text)}
    site = make_site({"host": host(engine=engine)})
    registry = site.state().registry
    for kind, data in held.items():
        registry.set(KEY, kind, Value(kind, data))
    steps = [dword(KEY, kind, 1) for kind in held]
    _, run = _through(site, steps, {})
    assert site.rollback(run.id).exit_code == 0
    for kind, data in held.items():
        assert registry.get(KEY, kind) == Value(kind, data)


_LETTERS = st.characters(exclude_characters="\0\ufffe\uffff", exclude_categories=["Cs"])
_ANY = st.lists(
    st.text(_LETTERS, max_size=12)
    | st.text("'\u2018\u2019\u201a\u201b\"`$(){}[]\r\n_x0041\u00ad\u200b;#", max_size=12),
    min_size=8,
    max_size=8,
)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(texts=_ANY, engine=st.sampled_from(["5.1", "7"]))
def test_any_text(make_site: MakeSite, texts: list[str], engine: str) -> None:
    site = make_site({"host": host(engine=engine)})
    steps, names = _steps(len(texts), key=KEY, type="string")
    for n, step in enumerate(steps):
        step["registry_value"]["data"] = f"{{{{ texts[{n}] }}}}"
    _through(site, steps, {"texts": texts})
    registry = site.state().registry
    assert [registry.get(KEY, name) for name in names] == [Value("String", t) for t in texts]


_REFUSED = {
    "NUL in data": {"data": "a\0b"},
    "NUL in a name": {"name": "a\0b"},
    "NUL in a key": {"key": f"{KEY}\\a\0b"},
    "NUL in an item": {"type": "multi_string", "data": ["a\0"]},
    "an empty item": {"type": "multi_string", "data": [""]},
    "U+FFFE": {"data": "a\ufffe"},
    "U+FFFF in a name": {"name": "\uffff"},
    "half of a character": {"data": "\ud800"},
    "half of a character in a name": {"name": "\udc00"},
    "a name that looks like the default": {"name": "(Default)"},
    "a dword too large": {"type": "dword", "data": 4294967296},
    "a qword too large": {"type": "qword", "data": 2**64},
    "below zero": {"type": "dword", "data": -1},
}


@pytest.mark.parametrize("fields", _REFUSED.values(), ids=_REFUSED)
def test_what_cannot_be_kept_is_refused_before_any_connection(
    make_site: MakeSite, fields: dict[str, Any]
) -> None:
    site = make_site({"host": host()})
    whole = {"key": KEY, "name": "x", "type": "string", "data": "x", **fields}
    variables = {name: value for name, value in whole.items() if name != "type"}
    step = {"registry_value": {**{n: f"{{{{ {n} }}}}" for n in variables}, "type": whole["type"]}}
    book = site.playbook(steps=[step])
    with pytest.raises(PlaybookError) as raised:
        site.plan(book, variables=variables)
    assert "\n" not in str(raised.value)
    assert "\0" not in str(raised.value)
    assert site.lab.stats().connections == 0


@ENGINES
def test_services_and_accounts(make_site: MakeSite, engine: str) -> None:
    names = ["it's", "$(x)", "a'; Stop-Computer; '", "\u2019", "[x]"[1:2] + " y"]
    accounts = {f"CORP\\{name}": f"S-1-5-21-1-{n}" for n, name in enumerate(_TEXTS.values()) if n}
    site = make_site(
        {
            "host": host(
                engine=engine, services={name: service() for name in names}, accounts=accounts
            )
        }
    )
    original = site.snapshots()
    steps: list[dict[str, Any]] = [
        {"service": {"name": f"{{{{ names[{n}] }}}}", "startup": "manual"}}
        for n in range(len(names))
    ]
    right = {"right": "SeServiceLogonRight", "accounts": "{{ accounts }}"}
    steps.append({"user_right": right})
    steps[0] |= {"then": {"restart": names}}
    variables = {"names": names, "accounts": list(accounts)}
    _, run = _through(site, steps, variables)
    assert restarts(run) == dict.fromkeys(names, "done")
    assert [what for _, what in outages(site)] == names
    assert site.state().rights["SeServiceLogonRight"] == set(accounts.values())
    assert site.rollback(run.id).exit_code == 0
    assert site.snapshots() == original


def test_names_that_differ_in_invisible_characters_are_two(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    names = ["ab", "a\u00adb", "a\u200bb", "e\u0301", "\u00e9"]
    steps = [dword(KEY, f"{{{{ names[{n}] }}}}", n) for n in range(len(names))]
    _through(site, steps, {"names": names})
    registry = site.state().registry
    assert [registry.get(KEY, name) for name in names] == [Value("DWord", n) for n in range(5)]
