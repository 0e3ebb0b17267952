from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from aovpn_remediate.lab.certificates import Authority, TlsFiles
from aovpn_remediate.lab.server import Lab
from tests.lab.wire.visits import HOST, tls_options, visit

Start = Callable[..., Lab]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", HOST])
def test_clients_trust_every_name_in_the_certificate(
    start: Start, files: TlsFiles, host: str
) -> None:
    assert visit(start(tls=files), host=host, **tls_options(files)) == ["hello"]


def test_clients_do_not_trust_another_name(start: Start, files: TlsFiles) -> None:
    with pytest.raises(requests.exceptions.SSLError, match=r"not valid for '127\.0\.0\.9'"):
        visit(start(tls=files), host="127.0.0.9", **tls_options(files))


def test_clients_do_not_trust_another_authority(
    start: Start, files: TlsFiles, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = Authority(tmp_path_factory.mktemp("stranger")).server(HOST)

    with pytest.raises(requests.exceptions.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        visit(start(tls=stranger), **tls_options(files))


def test_key_files_are_private(authority: Authority, files: TlsFiles) -> None:
    keys = [files.key, authority.client("somebody").key]

    assert [key.stat().st_mode & 0o777 for key in keys] == [0o600, 0o600]


def test_issuing_a_certificate_again_makes_a_new_one(authority: Authority) -> None:
    first = authority.client("again").certificate.read_bytes()

    assert authority.client("again").certificate.read_bytes() != first
