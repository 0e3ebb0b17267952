"""The profiles in a file: ProfileXML, EAP XML, or the settings of an export of Intune."""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from aovpn_remediate.inspect.profiles.json_text import JsonValue, NotJson, parse_json, string
from aovpn_remediate.inspect.profiles.layers import (
    Base64,
    Bytes,
    Inside,
    Layer,
    NotText,
    Piece,
    Slice,
    around,
    decoded,
    replaced,
)
from aovpn_remediate.inspect.profiles.tree import Element, NotXml, inside, parse
from aovpn_remediate.results.inspection import Unread

MOST_BYTES = 1024 * 1024
"""The size of the largest file that is read; a profile has some ten thousand bytes."""

_PROFILE_NODE = re.compile(r"/VPNv2/([^/]*)/(ProfileXML|.*Eap/Configuration)$", re.IGNORECASE)
_PROFILE_TEXT = re.compile(r"<(?:\w+:)?(VPNProfile|EapHostConfig)[\s>/]")
_ROOTS = ("VPNProfile", "EapHostConfig")
_SPACE = " \t\r\n"


@dataclass(frozen=True)
class Document:
    """A profile, or an EAP configuration alone, with the layers that it is written in."""

    title: str
    text: str
    root: Element
    layers: tuple[Layer, ...] = ()
    """The innermost last; none in a file of XML."""
    uri: str = ""
    """The OMA-URI that an export sets it at."""

    @property
    def profile(self) -> Element | None:
        """The ProfileXML, None for an EAP configuration alone."""
        return self.root if self.root.name == "VPNProfile" else None

    @property
    def place(self) -> Slice:
        """The part of the file's text that it takes."""
        return self.layers[0].whole if self.layers else Slice(0, len(self.text))

    def lift(self, pieces: Iterable[Piece]) -> list[Piece]:
        """Return the corrected text as pieces that take its place in the text of the file."""
        lifted = [*pieces]
        for layer in reversed(self.layers[1:]):
            lifted = around(layer, lifted)
        return self.layers[0].lift(lifted) if self.layers else lifted


@dataclass(frozen=True)
class EapText:
    """The EAP configuration of a document, which may be an escaped text inside it."""

    text: str
    root: Element
    layer: Inside | None = None

    def lift(self, pieces: Iterable[Piece]) -> list[Piece]:
        """Return the corrected text as pieces of the text of the document."""
        return around(self.layer, pieces) if self.layer else [*pieces]


@dataclass(frozen=True)
class File:
    """A file, the documents in it, and what of it could not be read."""

    content: Bytes
    documents: tuple[Document, ...] = ()
    unread: tuple[Unread, ...] = ()
    other_settings: int = 0
    """The number of settings of an export that are no VPN profiles."""

    def corrected(self, changes: Iterable[tuple[Document, Sequence[Piece]]]) -> bytes:
        """Return the file with the texts of documents corrected."""
        edits = [(document.place, document.lift(pieces)) for document, pieces in changes]
        return self.content.write(replaced(len(self.content.text), edits))


def read_file(data: bytes, name: str) -> File:
    """Return the profiles in a file; `name` is the title of the only one in it."""
    if len(data) > MOST_BYTES:
        return _nothing(name, f"it is larger than {MOST_BYTES // 1024} KiB, as no profile is")
    try:
        content = decoded(data)
    except NotText as error:
        return _nothing(name, str(error))
    first = content.text.lstrip()[:1]
    if first in ("{", "["):
        return _export(content, name)
    if first != "<":
        empty = "it is empty" if not first else "it is neither XML nor JSON"
        return _nothing(name, f"{empty}: expected a ProfileXML, EAP XML or an export of Intune")
    try:
        return File(content, (Document(name, content.text, _root(content.text)),))
    except NotXml as error:
        return _nothing(name, str(error), content)


def eap_of(document: Document) -> EapText | None:
    """Return the EAP configuration of a document, None without one. Raises `NotXml`."""
    if document.profile is None:
        return EapText(document.text, document.root)
    holder = document.profile.child("NativeProfile", "Authentication", "Eap", "Configuration")
    if holder is None:
        return None
    written_out = holder.child("EapHostConfig")
    if written_out is not None:
        return EapText(document.text, written_out)
    if not holder.text or holder.children:
        return None
    escaped = inside(document.text, holder).without_lead(_SPACE)
    root = parse(escaped.text)
    return EapText(escaped.text, root, escaped) if root.name == "EapHostConfig" else None


def _nothing(name: str, reason: str, content: Bytes | None = None) -> File:
    return File(content or Bytes("", "utf-8", b""), unread=(Unread(subject=name, reason=reason),))


def _root(text: str) -> Element:
    root = parse(text)
    if root.name not in _ROOTS:
        raise NotXml(
            root.line, 1, f"the root is {root.name}, not a VPNProfile and not an EapHostConfig"
        )
    return root


def _export(content: Bytes, name: str) -> File:
    try:
        whole = parse_json(content.text)
    except NotJson as error:
        return _nothing(name, f"it is not JSON: {error}", content)
    settings = [s for s in whole.every() if s.members is not None and s.text("omaUri")]
    titles: Counter[str] = Counter()
    documents: list[Document] = []
    unread: list[Unread] = []
    others = 0
    for setting in settings:
        title = _title(setting, name)
        if titles[title]:
            title = f"{title} ({titles[title] + 1})"
        try:
            found = _document(content.text, setting, title)
        except (NotXml, NotText) as error:
            unread.append(Unread(subject=title, reason=str(error)))
        else:
            others += found is None
            documents += [found] if found else []
            titles[_title(setting, name)] += found is not None
    if not documents and not unread:
        return _nothing(name, "no setting in it is a VPN profile (VPNv2)", content)
    return File(content, tuple(documents), tuple(unread), others)


def _document(text: str, setting: JsonValue, title: str) -> Document | None:
    """Return the profile of a setting, None for another one. Raises `NotXml`, `NotText`."""
    uri = setting.text("omaUri")
    named = _PROFILE_NODE.search(uri)
    members = setting.members or {}
    encrypted = members.get("isEncrypted")
    if named and encrypted is not None and encrypted.value is True:
        raise NotText(
            "its value is encrypted in this export; get the plain text with Graph's "
            "getOmaSettingPlainTextValue"
        )
    value = members.get("value")
    if value is None or not isinstance(value.value, str):
        if named:
            raise NotText("its value is no text")
        return None
    layers = _layers(text, value)
    inner = layers[-1].text if layers else ""
    if not named and not _PROFILE_TEXT.search(inner):
        return None
    if not layers:
        raise NotText("its value is neither XML nor XML in Base64")
    return Document(title, inner, _root(inner), layers, uri)


def _layers(text: str, value: JsonValue) -> tuple[Layer, ...]:
    """The layers of a value that is XML, or XML in Base64; nothing for any other. Pure."""
    plain = string(text, value).without_lead("\ufeff")
    if plain.text.lstrip().startswith("<"):
        return (plain,)
    try:
        data = base64.b64decode("".join(plain.text.split()), validate=True)
    except (binascii.Error, ValueError):
        return ()
    try:
        inner = decoded(data)
    except NotText:
        return ()
    if not inner.text.lstrip().startswith("<"):
        return ()
    return (plain, Base64(inner, Slice(0, len(plain.text)), len(plain.text)))


def _title(setting: JsonValue, name: str) -> str:
    """A name for a profile in an export: its policy's and its own."""
    named = _PROFILE_NODE.search(setting.text("omaUri"))
    own = setting.text("displayName") or (unquote(named[1]) if named else "")
    policy = next((p.text("displayName") for p in _around(setting) if p.text("displayName")), "")
    return " / ".join(dict.fromkeys(part for part in (policy, own) if part)) or name


def _around(value: JsonValue) -> Iterator[JsonValue]:
    """The values that hold a value, the innermost first."""
    parent = value.parent
    while parent is not None:
        yield parent
        parent = parent.parent
