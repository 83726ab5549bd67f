"""A small package index and file server on loopback, and a cache of the test's own."""

import hashlib
import io
import itertools
import ssl
import tarfile
import threading
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest


class FakeIndex:
    """Serves files with range requests, and /simple/PACKAGE/ pages that list them.

    `break_after`: bytes after which the next answer's connection is cut, once. `ranges`: Range headers seen per path.
    `login`: what every request must carry as "user:password". `absolute`: the listed addresses name the host.
    `endless`: package files never end. `pause`: seconds between pieces of 10 kB. `certificate`: a file with certificate
    and key; https is spoken then.
    """

    def __init__(self, certificate: Path | None = None) -> None:
        self.files: dict[str, bytes] = {}
        self.ranges: list[tuple[str, str | None]] = []
        self.break_after: int | None = None
        self.honour_ranges = True
        self.delay = 0.0
        self.login: str | None = None
        self.absolute = self.endless = False
        self.pause = 0.0
        self.sent = 0
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                index._answer(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self.url = f"https://localhost:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path.lstrip("/")
        if self.login and request.headers.get("Authorization") != f"Basic {b64encode(self.login.encode()).decode()}":
            self._send(request, 401, b"", "text/plain")
            return
        if path.startswith("simple/"):
            base = self.url if self.absolute else ""
            links = "".join(f'<a href="{base}/{name}">{name}</a>' for name in self.files)
            self._send(request, 200, f"<html><body>{links}</body></html>".encode(), "text/html")
            return
        wanted = request.headers.get("Range")
        self.ranges.append((path, wanted))
        body = self.files.get(path)
        if body is None:
            self._send(request, 404, b"no", "text/plain")
            return
        threading.Event().wait(self.delay)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.honour_ranges else 0
        if start > len(body):
            self._send(request, 416, b"", "text/plain")
            return
        self._send(request, 206 if start else 200, body[start:], "application/octet-stream")

    def _send(self, request: BaseHTTPRequestHandler, status: int, body: bytes, kind: str) -> None:
        request.send_response(status)
        request.send_header("Content-Type", kind)
        package = kind == "application/octet-stream"
        if not (package and self.endless):
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if package and self.break_after is not None:
            body, self.break_after = body[: self.break_after], None
        try:
            for start in itertools.count(0, 10_000):
                if start >= len(body) and not (package and self.endless):
                    break
                piece = body[start : start + 10_000] or bytes(10_000)
                request.wfile.write(piece)
                self.sent += len(piece)
                if package and self.pause:
                    threading.Event().wait(self.pause)
        except OSError:
            pass  # the reader has gone


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeIndex]:
    """A fake index that pip's settings point to; cache and data folders of the test's own."""
    fake = FakeIndex()
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_PROXY", "PIP_TRUSTED_HOST", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", f"{fake.url}/simple/")
    monkeypatch.setenv("HF_ENDPOINT", fake.url)
    monkeypatch.setenv("OHLORA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OHLORA_DATA", str(tmp_path / "data"))
    yield fake
    fake.close()


def wheel(**members: bytes) -> bytes:
    """The bytes of a zip with these members ('/' written as '__')."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/"), data)
    return buffer.getvalue()


def sdist(name: str, data: bytes) -> bytes:
    """The bytes of a tar.gz with one member."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def part(source: str, body: bytes, **more: str) -> str:
    """One part of a file, as TOML."""
    fields = {"source": source, "sha256": sha(body), **more}
    words = ", ".join(f'{key} = "{value}"' for key, value in fields.items())
    return f"{{ {words}, size = {len(body)} }}"


def write_catalogue(tmp_path: Path, name: str, data: bytes, *parts: str, digest: str | None = None) -> None:
    """Writes the user's catalogue with one model of one file, `weights.bin`."""
    folder = tmp_path / "data"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "catalogue.toml").write_text(
        f'[{name}]\nlicence = "CC0"\n[[{name}.files]]\nname = "weights.bin"\nsize = {len(data)}\n'
        f'sha256 = "{digest or sha(data)}"\nparts = [{", ".join(parts)}]\n',
        encoding="utf-8",
    )
