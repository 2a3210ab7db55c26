"""`linnet web verify` against a real web server on loopback (spec/web.md §4)."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import linnet.web.command
from linnet.__main__ import main
from vectors.releases import sealed

PAGE = {"index.html": b"<!doctype html>", "assets/app-1.js": b"export {};"}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        return


def release(folder: Path, version: str = "0.1.0", number: int = 1000) -> Path:
    """Write a signed page of two files."""
    for path, data in PAGE.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    files = {path: sha256(PAGE[path]).hexdigest() for path in sorted(PAGE)}
    said = {"format": 1, "version": version, "number": number, "files": files}
    manifest = json.dumps(said).encode()
    (folder / "release.json").write_bytes(manifest)
    (folder / "release.sig").write_bytes(sealed(manifest))
    return folder


@pytest.fixture
def carried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = release(tmp_path / "carried")
    monkeypatch.setattr(linnet.web.command, "page_folder", lambda: folder)
    return folder


@pytest.fixture
def served(tmp_path: Path) -> Path:
    return release(tmp_path / "served")


@pytest.fixture
def url(served: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=served)) as it:
        thread = threading.Thread(target=it.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{it.server_port}/"
        it.shutdown()
        thread.join()


def test_the_released_page_is_the_same(
    carried: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["web", "verify", url]) == 0

    assert capsys.readouterr().out.startswith("The same:")


def test_one_changed_byte_is_named(
    carried: Path, served: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (served / "assets/app-1.js").write_bytes(b"export {} ")

    assert main(["web", "verify", url, "--json"]) == 1

    said = json.loads(capsys.readouterr().out)
    assert (said["same"], said["differing"]) == (False, ["assets/app-1.js"])


def test_a_file_that_is_missing_differs(
    carried: Path, served: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (served / "index.html").unlink()

    assert main(["web", "verify", url]) == 1

    assert "differs: index.html" in capsys.readouterr().out


def test_another_version_is_not_the_same(
    carried: Path, served: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    release(served, "0.2.0", 2000)

    assert main(["web", "verify", url]) == 1

    assert "Served: version 0.2.0" in capsys.readouterr().out


def test_a_server_without_the_page_says_so(
    carried: Path, served: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (served / "release.json").unlink()

    assert main(["web", "verify", url]) == 2

    assert "No page of Linnet is served there" in capsys.readouterr().err


def test_a_forged_release_is_an_error(
    carried: Path, served: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (served / "release.sig").write_bytes(sealed(b"something else"))

    assert main(["web", "verify", url]) == 1

    assert "signature" in capsys.readouterr().err


def test_a_server_that_is_not_there_is_a_sentence(
    carried: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["web", "verify", "http://127.0.0.1:9/"]) == 1

    assert "cannot be reached" in capsys.readouterr().err


def test_an_address_of_another_kind_is_refused(
    carried: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["web", "verify", "file:///etc/passwd"]) == 2

    assert "https://" in capsys.readouterr().err


def test_without_a_built_page_it_says_how_to_build_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(linnet.web.command, "page_folder", lambda: None)

    assert main(["web", "hash"]) == 2

    assert "make web" in capsys.readouterr().err
