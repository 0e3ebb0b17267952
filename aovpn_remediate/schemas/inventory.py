"""The schema of inventories. Their reader has tables of names; each name is a key here as well."""

from __future__ import annotations

from aovpn_remediate.inventory.model import (
    DRIFT_POLICIES,
    Connection,
    Credential,
    SecretReference,
)
from aovpn_remediate.schemas.models import DIALECT, Schema, model_schema, nullable, without_null
from aovpn_remediate.schemas.playbook import VARS
from aovpn_remediate.schemas.windows import WINDOWS

# The reader takes letters and digits of every alphabet: not these of ASCII.
_NO_NAME = r"\u0000-,/;-@\[-\^`{-\u007f"
NAME = rf"^(?!-)(?![aA][lL][lL]$)[^{_NO_NAME}]+$"
"""The name of a group or host."""
_ADDRESS = rf"^(?![-%])([^{_NO_NAME}]|%)+$"


def inventory_schema() -> Schema:
    """Return the schema of an inventory."""
    return {
        "$schema": DIALECT,
        "title": "Inventory of aovpn-remediate",
        "description": "The hosts, their groups, and how they are reached.",
        "type": "object",
        "properties": {
            "all": {
                "description": "What holds for every host, where nothing nearer to it says else.",
                **nullable(_mapping(_DRIFT | _LEVEL)),
            },
            "groups": {"description": "The groups by their names.", **nullable(_named("group"))},
            "waivers": {
                "description": "The file of accepted deviations (waivers).",
                "type": "string",
                "minLength": 1,
            },
        },
        "required": ["groups"],
        "additionalProperties": False,
        "$defs": {
            "name": {"type": "string", "pattern": NAME},
            "group": nullable(_mapping(_GROUP)),
            "host": nullable(_mapping(_HOST)),
            "connection": _connection(),
            "credential": _credential(),
            "windows": WINDOWS,
        },
    }


def _mapping(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _named(what: str) -> Schema:
    """Groups or hosts by their names."""
    return {
        "type": "object",
        "propertyNames": {"$ref": "#/$defs/name"},
        "additionalProperties": {"$ref": f"#/$defs/{what}"},
    }


def _members(what: str, words: str) -> Schema:
    names = {"type": "array", "items": {"$ref": "#/$defs/name"}, "uniqueItems": True}
    return {"description": words, "anyOf": [_named(what), names, {"type": "null"}]}


# The fields of groups and hosts

_LEVEL: Schema = {
    "vars": {"description": "Variables of playbooks. They hold no secrets.", **nullable(VARS)},
    "connection": nullable({"$ref": "#/$defs/connection"}),
    "credential": nullable({"$ref": "#/$defs/credential"}),
    "windows": {"$ref": "#/$defs/windows"},
}
_DRIFT: Schema = {
    "playbooks": {
        "description": "What drift looks after: names of shipped playbooks, and paths of files.",
        **nullable(
            {"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": True}
        ),
    },
    "drift": {
        "description": "What is done where hosts have drifted away.",
        "enum": [*DRIFT_POLICIES, None],
    },
}
_SERVING: Schema = {
    "keep_serving": {
        "description": "How many hosts must serve at every moment: a number, or such as 75%.",
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": 999_999},
            {"type": "string", "pattern": r"^0*[1-9][0-9]{0,5}$"},
            {"type": "string", "pattern": r"^(?=.*[1-9])(100([.]0+)?|[0-9]{1,2}([.][0-9]+)?)%$"},
            {"type": "null"},
        ],
    },
}
# A group gives no address: with `false` an editor says so where it stands.
_SHARED_LEVEL: Schema = _LEVEL | {
    "connection": {
        "anyOf": [
            {"$ref": "#/$defs/connection", "properties": {"address": False}},
            {"type": "null"},
        ]
    }
}
_GROUP: Schema = {
    "hosts": _members("host", "The hosts: a mapping of them, or a list of their names."),
    "children": _members("group", "Groups inside this one; what they say wins."),
    **_SERVING,
    **_DRIFT,
    **_SHARED_LEVEL,
}
_HOST: Schema = {
    "address": {
        "description": "DNS name or IP address; the host's name where not given.",
        "anyOf": [{"type": "string", "pattern": _ADDRESS}, {"type": "null"}],
    },
    **_LEVEL,
}

# How hosts are reached, and who logs on


_WORDS = {
    "transport": "PowerShell remoting (psrp), command shells (winrm), or this machine (local).",
    "scheme": "With TLS or without.",
    "auth": "The way to log on; negotiate is Kerberos where there is a ticket, else NTLM.",
    "ca_file": "Certificate authorities (PEM file) instead of the system's.",
    "certificate_key": "The key of `certificate` (PEM file).",
    "endpoint": "The session configuration on the host.",
    "username": r"Such as CORP\svc-vpn.",
    "password": "Where the password is, never what it is.",
    "env": "In this environment variable.",
    "file": "In this file.",
    "prompt": "It is asked for on the terminal.",
}
"""The descriptions of fields whose model has none."""


def _described(schema: Schema) -> Schema:
    for name, words in _WORDS.items():
        if name in schema["properties"]:
            schema["properties"][name].setdefault("description", words)
    return schema


def _connection() -> Schema:
    made = _described(model_schema(Connection))
    address = {"type": "string", "pattern": _ADDRESS}
    proxy = {"type": "string", "pattern": r"^https?://[^\s/@?#]+/?$"}
    made["properties"]["address"] |= nullable(address)
    made["properties"]["proxy"] |= nullable(proxy)
    return made


def _credential() -> Schema:
    made = _described(model_schema(Credential))
    fields = made["properties"]
    fields["username"] = without_null(fields["username"]) | {"pattern": r"\S"}
    fields["password"] = {"description": fields["password"]["description"], **_reference()}
    made.pop("$defs")
    # `{}` is who runs the program, whatever a group says.
    return made | {"anyOf": [{"required": ["username"]}, {"maxProperties": 0}]}


def _reference() -> Schema:
    made = _described(model_schema(SecretReference))
    fields = {name: without_null(field) for name, field in made["properties"].items()}
    for name, pattern in _PATTERNS.items():
        fields[name] |= {"pattern": pattern}
    return made | {"properties": fields, "minProperties": 1, "maxProperties": 1}


_PATTERNS = {"env": r"^[A-Za-z_][A-Za-z0-9_]*$", "file": r"[\s\S]", "keyring": r"[\s\S]/[\s\S]"}
