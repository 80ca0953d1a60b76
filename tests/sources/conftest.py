"""A server on loopback, and CIFAR-10's archive in small."""

from __future__ import annotations

import hashlib
import io
import socket
import struct
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray


@dataclass(frozen=True)
class Answer:
    """How a server answers one request.

    Attributes:
        body: The whole file.
        status: Of the answer; the body is sent whole unless it is 200.
        ranges: Whether the part that is asked for is sent alone.
        headers: Added, or put in the place of the true ones; None leaves one out.
        chunked: Whether the body is sent as one chunk, so that its end is marked.
        pauses_after: Bytes that are sent before `Server.go_on` is waited for.
        breaks_after: Bytes after which the connection is closed.
    """

    body: bytes
    status: int = 200
    ranges: bool = True
    headers: dict[str, str | None] = field(default_factory=dict)
    chunked: bool = False
    pauses_after: int | None = None
    breaks_after: int | None = None


class Server(ThreadingHTTPServer):
    """A server on loopback: one answer after the other, the last one for ever."""

    def __init__(self, answers: list[Answer]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers
        self.asked: list[Message] = []
        self.go_on = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}/archive.tar.gz"

    @property
    def ranges(self) -> list[str | None]:
        """The Range of each GET so far."""
        return [headers["Range"] for headers in self.asked]


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_HEAD(self) -> None:
        self._send_head(self.server.answers[0], None)

    def do_GET(self) -> None:
        self.server.asked.append(self.headers)
        turn = min(len(self.server.asked), len(self.server.answers)) - 1
        answer = self.server.answers[turn]
        body = self._send_head(answer, self.headers["Range"])[: answer.breaks_after]
        if answer.pauses_after is not None:
            self.wfile.write(body[: answer.pauses_after])
            self.server.go_on.wait(20)
            body = body[answer.pauses_after :]
        self.wfile.write(body)

    def _send_head(self, answer: Answer, asked: str | None) -> bytes:
        """Send status and headers; return the body that belongs to them."""
        status, body = answer.status, answer.body
        headers: dict[str, str | None] = {}
        if asked is not None and answer.ranges and status == 200:
            start, whole = int(asked.removeprefix("bytes=")[:-1]), len(body)
            status, body = (206, body[start:]) if start < whole else (416, b"")
            span = f"{start}-{whole - 1}" if body else "*"
            headers["Content-Range"] = f"bytes {span}/{whole}"
        if answer.chunked:
            headers["Transfer-Encoding"] = "chunked"
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        else:
            headers["Content-Length"] = str(len(body))
        self.send_response(status)
        for name, value in (headers | answer.headers).items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        return body

    def log_message(self, *args: object) -> None:
        pass


Serve = Callable[..., str]
StartServer = Callable[..., Server]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture
def start_server() -> Iterator[StartServer]:
    """Start a server: start_server({"body": b"", ...}, ...), one dict an `Answer`."""
    servers: list[Server] = []

    def start(*answers: dict[str, Any]) -> Server:
        server = Server([Answer(**answer) for answer in answers])
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return server

    yield start
    for server in servers:
        server.go_on.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def serve(start_server: StartServer) -> Serve:
    """Serve one body under every path: serve(body, status=200) -> url."""
    return lambda body, status=200: start_server({"body": body, "status": status}).url


@pytest.fixture
def closed_url() -> str:
    """An address at which nothing listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    return f"http://127.0.0.1:{port}/archive.tar.gz"


@dataclass(frozen=True)
class FakeCifar10:
    """An archive of ten training and two test images, and what it holds."""

    body: bytes
    sha256: str
    train_images: NDArray[np.uint8]
    test_images: NDArray[np.uint8]


@pytest.fixture
def fake_cifar10(monkeypatch: pytest.MonkeyPatch) -> FakeCifar10:
    """A small archive in the true format, whose inner MD5s torchvision accepts."""
    from torchvision.datasets import CIFAR10

    rng = np.random.default_rng(0)
    train = rng.integers(0, 256, (10, 32, 32, 3), dtype=np.uint8)
    test = rng.integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    members = {
        f"data_batch_{i + 1}": _batch(train[2 * i : 2 * i + 2]) for i in range(5)
    }
    members["test_batch"] = _batch(test)
    members["batches.meta"] = (
        b"\x80\x02}(" + _text(b"label_names") + b"](" + _text(b"airplane") + b"eu."
    )
    md5 = {name: hashlib.md5(content).hexdigest() for name, content in members.items()}
    monkeypatch.setattr(
        CIFAR10, "train_list", [[name, md5[name]] for name in list(members)[:5]]
    )
    monkeypatch.setattr(CIFAR10, "test_list", [["test_batch", md5["test_batch"]]])
    monkeypatch.setitem(CIFAR10.meta, "md5", md5["batches.meta"])
    body = _tar_gz({f"cifar-10-batches-py/{name}": members[name] for name in members})
    return FakeCifar10(body, hashlib.sha256(body).hexdigest(), train, test)


def _tar_gz(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def tar_gz() -> Callable[[dict[str, bytes]], bytes]:
    """What packs files, given by name, into an archive."""
    return _tar_gz


def _text(text: bytes) -> bytes:
    return b"U" + bytes([len(text)]) + text


def _batch(images: NDArray[np.uint8]) -> bytes:
    """Pickle a batch as Python 2 and its NumPy did: byte strings, an integer align."""
    pixels = images.transpose(0, 3, 1, 2).tobytes()
    dtype = b"cnumpy\ndtype\n(" + _text(b"u1") + b"K\x00K\x01tR"
    dtype += b"(K\x03" + _text(b"|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85"
    array += _text(b"b") + b"\x87R"
    shape = b"K" + bytes([len(images)]) + b"M" + struct.pack("<H", 3072) + b"\x86"
    array += b"(K\x01" + shape + dtype + b"\x89T" + struct.pack("<i", len(pixels))
    array += pixels + b"tb"
    labels = b"](" + b"K\x00" * len(images) + b"e"
    data, names = _text(b"data"), _text(b"labels")
    return b"\x80\x02}(" + data + array + names + labels + b"u."


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Where the archive goes; neither it nor its folder is there yet."""
    return tmp_path / "01_raw" / "cifar-10-python.tar.gz"
