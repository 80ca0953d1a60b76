"""A server on loopback that answers with any bytes, and CIFAR-10's archive in small."""

from __future__ import annotations

import hashlib
import io
import socket
import struct
import tarfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from denoising_autoencoder.sources.request import Archive

Answer = bytes | Callable[["Server"], Iterable[bytes]]
"""What is sent to one request: bytes, or a function that makes them one by one."""


class Server(ThreadingTCPServer):
    """A server on loopback: one answer after the other, the last one for ever.

    Attributes:
        asked: The requests so far, as text.
        sent: Bytes of all answers so far.
        url: An address on the server.
        go_on: An event that an answer may wait for; set when the test ends.
    """

    daemon_threads = True

    def __init__(self, answers: tuple[Answer, ...]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers
        self.asked: list[str] = []
        self.sent = 0
        self.url = f"http://127.0.0.1:{self.server_address[1]}/archive.tar.gz"
        self.go_on = threading.Event()


class _Handler(StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        server, request = self.server, b""
        while not request.endswith(b"\r\n\r\n"):
            request += self.rfile.readline()
        server.asked.append(request.decode())
        answer = server.answers[min(len(server.asked), len(server.answers)) - 1]
        with suppress(OSError):  # of a client that has heard enough
            for piece in [answer] if isinstance(answer, bytes) else answer(server):
                self.request.sendall(piece)
                server.sent += len(piece)


def http(body: bytes = b"", status: object = 200, **headers: object) -> bytes:
    """An answer with a Content-Length, unless a header of the argument replaces it."""
    lines = {"Content-Length": len(body)}
    lines.update((name.replace("_", "-"), value) for name, value in headers.items())
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"HTTP/1.1 {status} Text\r\n{head}\r\n".encode() + body


Serve = Callable[..., Server]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Start a server: serve(answer, ...)."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    servers: list[Server] = []

    def start(*answers: Answer) -> Server:
        server = Server(answers)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return server

    yield start
    for server in servers:
        server.go_on.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds between the tries of a download, which nobody waits for."""
    waited: list[float] = []
    monkeypatch.setattr("pooch.core.time", SimpleNamespace(sleep=waited.append))
    return waited


@pytest.fixture
def closed_url(monkeypatch: pytest.MonkeyPatch) -> str:
    """An address at which nothing listens."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{sock.getsockname()[1]}/archive.tar.gz"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the archive goes; neither it nor its folder is there yet."""
    return tmp_path / "01_raw" / "cifar-10-python.tar.gz"


@dataclass(frozen=True)
class FakeCifar10:
    """Ten training and two test images, and the files that hold them."""

    train_images: NDArray[np.uint8]
    test_images: NDArray[np.uint8]
    train_labels: list[int] = field(default_factory=lambda: [*range(10)])
    test_labels: list[int] = field(default_factory=lambda: [9, 3])

    @property
    def files(self) -> dict[str, bytes]:
        """CIFAR-10's seven files in the true format."""
        pairs = [slice(first, first + 2) for first in range(0, 10, 2)]
        files = {
            f"data_batch_{number}": _batch(self.train_images[p], self.train_labels[p])
            for number, p in enumerate(pairs, start=1)
        }
        names = b"\x80\x02}(" + _text(b"label_names") + b"](" + _text(b"airplane")
        return {
            **files,
            "test_batch": _batch(self.test_images, self.test_labels),
            "batches.meta": names + b"eu.",
        }

    def pack(self, *before: tarfile.TarInfo, **changes: bytes | None) -> bytes:
        """Pack the files, after other members, with some changed or left out (None)."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            for member in before:
                tar.addfile(member, io.BytesIO(bytes(member.size)))
            for name, content in (self.files | changes).items():
                if content is not None:
                    info = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
                    info.size = len(content)
                    tar.addfile(info, io.BytesIO(content))
        return buffer.getvalue()


@pytest.fixture
def cifar10(monkeypatch: pytest.MonkeyPatch) -> FakeCifar10:
    """A small CIFAR-10, whose MD5s torchvision accepts."""
    from torchvision.datasets import CIFAR10

    rng = np.random.default_rng(0)
    fake = FakeCifar10(*(rng.integers(0, 256, (n, 32, 32, 3), "u1") for n in (10, 2)))
    md5 = [(name, hashlib.md5(text).hexdigest()) for name, text in fake.files.items()]
    monkeypatch.setattr(CIFAR10, "train_list", md5[:5])
    monkeypatch.setattr(CIFAR10, "test_list", md5[5:6])
    monkeypatch.setitem(CIFAR10.meta, "md5", md5[6][1])
    return fake


@pytest.fixture
def archive_of(path: Path, closed_url: str) -> Callable[..., Archive]:
    """The archive whose SHA-256 is that of some bytes, in its place by default."""

    def archive(body: bytes, url: str = closed_url, *, placed: bool = True) -> Archive:
        if placed:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(body)
        return Archive(path, url, hashlib.sha256(body).hexdigest(), len(body))

    return archive


def _text(text: bytes) -> bytes:
    return b"U" + bytes([len(text)]) + text


def _batch(images: NDArray[np.uint8], labels: list[int]) -> bytes:
    """Pickle a batch as Python 2 and its NumPy did: byte strings, an integer align."""
    pixels = images.transpose(0, 3, 1, 2).tobytes()
    dtype = b"cnumpy\ndtype\n(" + _text(b"u1") + b"K\x00K\x01tR"
    dtype += b"(K\x03" + _text(b"|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85"
    array += _text(b"b") + b"\x87R"
    shape = b"K" + bytes([len(images)]) + b"M" + struct.pack("<H", 3072) + b"\x86"
    array += b"(K\x01" + shape + dtype + b"\x89T" + struct.pack("<i", len(pixels))
    array += pixels + b"tb"
    classes = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    data, names = _text(b"data"), _text(b"labels")
    return b"\x80\x02}(" + data + array + names + classes + b"u."
