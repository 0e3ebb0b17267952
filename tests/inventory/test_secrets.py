"""Secrets, read from the places that the inventory names."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import keyring
import keyring.backend
import pytest

from aovpn_remediate.errors import SecretError, UsageError
from aovpn_remediate.inventory.model import Credential, SecretReference
from aovpn_remediate.inventory.secrets import Secrets, resolve


def nobody(words: str) -> str:
    raise UsageError(f"{words}there is no terminal to ask on")


def credential(user: str = "svc", **reference: object) -> Credential:
    return Credential(username=user, password=SecretReference.model_validate(reference))


def refusal_of(reference: Credential) -> str:
    with pytest.raises(SecretError) as refused:
        resolve(reference, "nps-01", ask=nobody)
    assert "hunter2" not in str(refused.value)
    return str(refused.value)


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    path = tmp_path / "pw"
    path.touch(mode=0o600)
    return path


def test_a_credential_without_a_password_has_none() -> None:
    assert resolve(Credential(username="svc"), "nps-01", ask=nobody) is None


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PW", " hunter2 ")

    assert resolve(credential(env="PW"), "nps-01", ask=nobody) == " hunter2 "


@pytest.mark.parametrize(("value", "problem"), [(None, "is not set"), ("", "is empty")])
def test_a_variable_without_a_value(
    monkeypatch: pytest.MonkeyPatch, value: str | None, problem: str
) -> None:
    monkeypatch.delenv("PW", raising=False)
    if value is not None:
        monkeypatch.setenv("PW", value)

    assert refusal_of(credential(env="PW")) == (
        f"nps-01: the environment variable PW {problem}: set it to the password"
    )


def test_a_variable_that_is_not_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PW", "hunter2\udcff")

    assert "not text" in refusal_of(credential(env="PW"))


@pytest.mark.parametrize(
    ("content", "secret"),
    [
        (b"hunter2", "hunter2"),
        (b"hunter2\n", "hunter2"),
        (b"hunter2\r\nsecond line", "hunter2"),
        (b"\xef\xbb\xbf hunter2 \n", " hunter2 "),
        ("p\u00e4ss\u2028word\x0b\n".encode(), "p\u00e4ss\u2028word\x0b"),
    ],
)
def test_from_the_first_line_of_a_file(secret_file: Path, content: bytes, secret: str) -> None:
    secret_file.write_bytes(content)

    assert resolve(credential(file=str(secret_file)), "nps-01", ask=nobody) == secret


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_readable_by_other_users_is_refused(secret_file: Path, mode: int) -> None:
    secret_file.write_bytes(b"hunter2\n")
    secret_file.chmod(mode)

    assert refusal_of(credential(file=str(secret_file))) == (
        f"nps-01: the file {secret_file} is readable by other users: run chmod 600 on it"
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the first line of the file"),
        (b"\nhunter2", "the first line of the file"),
        (b"hunter2\xff", "is not UTF-8"),
        (b"hunter2" * 20_000, "is too large"),
    ],
)
def test_a_file_without_a_password(secret_file: Path, content: bytes, problem: str) -> None:
    secret_file.write_bytes(content)

    assert problem in refusal_of(credential(file=str(secret_file)))


def test_a_file_that_does_not_exist(tmp_path: Path) -> None:
    assert refusal_of(credential(file=str(tmp_path / "no"))).endswith("No such file or directory")
    assert "cannot be read" in refusal_of(credential(file=str(tmp_path)))
    assert "the path of the password file is not valid" in refusal_of(credential(file="nul\0"))


class Ring(keyring.backend.KeyringBackend):
    priority: ClassVar[float] = 1
    broken: ClassVar[bool] = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.broken:
            raise RuntimeError("hunter2")
        return {("https://vault/x", "svc"): "hunter2"}.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError


class BrokenRing(Ring):
    broken = True


@pytest.fixture
def use() -> Iterator[Callable[[Any], None]]:
    before = keyring.get_keyring()
    yield lambda ring: keyring.set_keyring(ring())
    keyring.set_keyring(before)


def test_from_a_keyring(use: Callable[[Any], None]) -> None:
    use(Ring)

    assert resolve(credential(keyring="https://vault/x/svc"), "nps-01", ask=nobody) == "hunter2"
    assert refusal_of(credential(keyring="vpn/svc")) == (
        "nps-01: the keyring has no password for vpn/svc: add it with: keyring set vpn svc"
    )


def test_a_keyring_that_fails(use: Callable[[Any], None]) -> None:
    use(BrokenRing)

    assert refusal_of(credential(keyring="vpn/svc")) == (
        "nps-01: the keyring cannot be read (RuntimeError): unlock it, or use env or file"
    )


def test_a_prompt_is_shown_once_for_all_hosts_and_threads() -> None:
    asked: list[str] = []
    together = threading.Barrier(8)

    def ask(words: str) -> str:
        asked.append(words)
        return f"hunter{len(asked)}"

    secrets = Secrets(ask)

    def one(number: int) -> str | None:
        together.wait()
        return secrets.resolve(credential(r"CORP\svc", prompt=True), f"nps-{number}")

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(one, range(8))) == {"hunter1"}
    assert asked == [r"Password for CORP\svc: "]
    assert secrets.resolve(credential("other", prompt=True), "nps-01") == "hunter2"


def test_a_secret_that_could_not_be_read_is_not_tried_again() -> None:
    asked: list[str] = []

    def ask(words: str) -> str:
        asked.append(words)
        return ""

    secrets = Secrets(ask)

    for host in ("nps-01", "nps-02"):
        with pytest.raises(SecretError, match=f"^{host}: the password is empty$"):
            secrets.resolve(credential(prompt=True), host)
    assert len(asked) == 1


def test_a_failed_prompt_names_the_host() -> None:
    assert refusal_of(credential(prompt=True)) == (
        "nps-01: Password for svc: there is no terminal to ask on"
    )


def test_no_text_contains_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PW", "hunter2")
    secrets = Secrets(nobody)
    secrets.resolve(credential(env="PW"), "nps-01")

    assert repr(secrets) == "<1 secrets>"
    assert "PW" not in repr(credential(env="PW"))
