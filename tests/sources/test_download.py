from __future__ import annotations

import errno
import gzip
import hashlib
import logging
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import repeat
from types import NoneType

import filelock
import pytest

from denoising_autoencoder.artifacts.places import Places
from denoising_autoencoder.artifacts.prune import DAY, plan
from denoising_autoencoder.errors import ImageSourceError
from denoising_autoencoder.sources import download as module
from denoising_autoencoder.sources.download import download, server_answers
from denoising_autoencoder.sources.request import Archive
from tests import processes
from tests.sources.conftest import Server, http

BODY = bytes(range(256)) * 1_000
SIZE = len(BODY)
SHA256 = hashlib.sha256(BODY).hexdigest()
WHOLE = http(BODY)
BROKEN = WHOLE[:-1000]
SENT_AT_MOST = 3 * (SIZE + 2**23)
"""The file, once for each try, and what the sockets of both sides hold."""

pytestmark = pytest.mark.usefixtures("pauses")

# What a run of its own does: download(path, url, sha256, size).
PROGRAM = """
import sys
from pathlib import Path
from denoising_autoencoder.sources.download import download
from denoising_autoencoder.sources.request import Archive
download(Archive(Path(sys.argv[1]), *sys.argv[2:4], int(sys.argv[4])))
"""


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO, "denoising_autoencoder")
    return caplog


@pytest.fixture
def no_larger_file() -> Iterator[None]:
    """No file grows beyond the archive's size: the write would be an OSError."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SIZE, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def archive(path, url: str, sha256: str = SHA256, size: int = SIZE) -> Archive:
    return Archive(path, url, sha256, size)


def left_in(folder) -> list[str]:
    """Files of a folder, except the lock, which stays."""
    return sorted(p.name for p in folder.iterdir() if p.suffix != ".lock")


def wait_until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


@contextmanager
def python(program: str, *arguments: object) -> Iterator[object]:
    """Another process, which ends with the block."""
    process = processes.start(
        [sys.executable, "-c", program, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        yield process
    finally:
        processes.end(process)


def endless(head: bytes, piece: bytes) -> Callable[[Server], Iterator[bytes]]:
    """An answer that only ends once far more was sent than anyone should read."""

    def pieces(server: Server) -> Iterator[bytes]:
        yield head
        for _ in repeat(None, 4 * SENT_AT_MOST // len(piece)):
            yield piece

    return pieces


def silent(head: bytes) -> Callable[[Server], Iterator[bytes]]:
    def pieces(server: Server) -> Iterator[bytes]:
        yield head
        server.go_on.wait(20)

    return pieces


def chunked(*chunks: bytes) -> bytes:
    return http(Content_Length=None, Transfer_Encoding="chunked") + b"".join(chunks)


def chunk(body: bytes, size: str = "") -> bytes:
    return b"%s\r\n%s\r\n" % (size.encode() or b"%x" % len(body), body)


def moved(place: object) -> bytes:
    return http(status=302, Location=place)


OTHER = "what came is not the expected file"
LONGER = "what came is longer than the expected file"
BROKE = "the connection broke off"
LATE = "the server did not answer in time"
NOBODY = "there is no connection to the server"
INVALID = "its address or the server's answer is invalid"

# Each answer is given to every request; the text is the reason in the message.
HOSTILE = {
    **{
        f"status {status}": (http(b"no", status), f"the server answered {status}")
        for status in (400, 401, 403, 404, 416, 429, 500, 502, 503)
    },
    "a refusal without end": (
        endless(http(status=404, Content_Length=None), bytes(2**16)),
        "the server answered 404",
    ),
    "no content": (http(status=204), OTHER),
    "a part": (http(BODY[:99], 206, Content_Range=f"bytes 0-98/{SIZE}"), OTHER),
    "not modified": (http(status=304), OTHER),
    # Bodies
    "nothing": (http(), OTHER),
    "a login page": (http(b"<html>Sign in</html>"), OTHER),
    "a byte too few": (http(BODY[:-1]), OTHER),
    "another byte": (http(b"x" + BODY[1:]), OTHER),
    "a byte too many": (http(BODY + b"x"), LONGER),
    "twice the file": (http(BODY + BODY), LONGER),
    "a body without end": (endless(http(Content_Length=None), bytes(2**16)), LONGER),
    "a body of a petabyte": (
        endless(http(Content_Length=10**15), bytes(2**16)),
        LONGER,
    ),
    "chunks without end": (endless(chunked(), chunk(bytes(2**16))), LONGER),
    "a chunk below zero without end": (
        endless(chunked() + b"-1\r\n", bytes(2**16)),
        LONGER,
    ),
    "trailers without end": (
        endless(chunked(chunk(BODY[:-1]), b"0\r\n"), b"X: x\r\n" * 2**13),
        LONGER,
    ),
    # Lengths
    "a length too large": (http(BODY, Content_Length=SIZE + 1), BROKE),
    "a length too small": (http(BODY, Content_Length=99), OTHER),
    "a length below zero": (http(BODY[:-1], Content_Length=-1), OTHER),
    "a length in words": (http(BODY[:-1], Content_Length="many"), OTHER),
    # Chunks
    "chunks without the last": (chunked(chunk(BODY)), BROKE),
    "a chunk cut short": (chunked(chunk(BODY))[:-1000], BROKE),
    "a chunk of size x": (chunked(chunk(BODY, "x")), BROKE),
    "a chunk of a size below zero": (chunked(chunk(BODY, "-1")), BROKE),
    "a chunk of 2^64 bytes": (chunked(chunk(BODY, "f" * 16)), BROKE),
    # Encodings
    "a packed bomb": (
        http(gzip.compress(bytes(2**24)), Content_Encoding="gzip"),
        OTHER,
    ),
    "an unknown encoding": (http(BODY[:-1], Content_Encoding="zip"), OTHER),
    # Connections
    "closed at once": (b"", NOBODY),
    "closed in the status": (WHOLE[:9], NOBODY),
    "closed in the headers": (WHOLE[:25], OTHER),
    "closed in the body": (BROKEN, BROKE),
    "silent": (silent(b""), LATE),
    "silent in the headers": (silent(WHOLE[:25]), LATE),
    "silent in the body": (silent(BROKEN), LATE),
    # Status lines and headers
    "not HTTP": (b"220 ftp.example.org ready\r\n", NOBODY),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), NOBODY),
    "HTTP/9": (WHOLE.replace(b"HTTP/1.1", b"HTTP/9.9"), NOBODY),
    "a status in words": (WHOLE.replace(b"200", b"yes"), NOBODY),
    "a status line without end": (endless(b"HTTP/1.1 200 ", bytes(2**16)), NOBODY),
    "a header without end": (endless(WHOLE[:25] + b"X: ", b"x" * 2**16), NOBODY),
    "interim answers without end": (
        endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2**12),
        LONGER,
    ),
    "headers without end": (endless(WHOLE[:25], b"X: x\r\n" * 2**13), NOBODY),
    # Redirects
    "to itself for ever": (moved("/archive.tar.gz"), INVALID),
    "to a closed port": (moved("http://127.0.0.1:1/"), NOBODY),
    "to a local file": (moved("file:///etc/passwd"), INVALID),
    "to no address": (moved("http://[::/"), INVALID),
    "to a host of too long a label": (moved(f"http://{'a' * 64}.org/"), INVALID),
    "to an empty label": (moved("http://a..org/"), INVALID),
    "to a port beyond all": (moved("http://127.0.0.1:99999/"), INVALID),
    "to nowhere": (http(status=302), OTHER),
    "with a body without end": (
        endless(http(status=302, Location="file:/x", Content_Length=0), bytes(2**16)),
        INVALID,
    ),
}


@pytest.mark.usefixtures("no_larger_file")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_answer_is_named_and_leaves_nothing(name, serve, path, monkeypatch):
    answer, reason = HOSTILE[name]
    monkeypatch.setattr(module, "_TIMEOUTS_S", (5.0, 0.2 if reason == LATE else 10.0))
    server = serve(answer)

    with pytest.raises(ImageSourceError) as raised:
        download(archive(path, server.url))

    assert str(raised.value) == (
        f"{server.url} could not be downloaded, because {reason}: run again with a "
        f"network, place the file by hand at {path}, or choose other images with "
        "--params=images.source=sample or --params=images.source=npz,images.path=PATH "
        "or --params=images.source=folder,images.path=PATH."
    )
    assert left_in(path.parent) == []
    assert server.sent < SENT_AT_MOST


GOOD = {
    "with its length": WHOLE,
    "until the connection closes": http(BODY, Content_Length=None),
    "in chunks": chunked(chunk(BODY[:99]), chunk(BODY[99:]), chunk(b"")),
    "after a 100": b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE,
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_is_put_in_its_place(name, serve, path, log, pauses):
    server = serve(GOOD[name])

    download(archive(path, server.url))

    assert path.read_bytes() == BODY
    assert left_in(path.parent) == [path.name]
    assert len(server.asked) == 1
    assert "\nAccept-Encoding: identity\r\n" in server.asked[0]
    assert pauses == []
    assert log.messages == [f"Downloading {server.url}"]


def test_a_file_is_kept_as_it_was_sent_whatever_its_encoding_is_called(serve, path):
    packed = gzip.compress(BODY)
    server = serve(http(packed, Content_Encoding="x-gzip"))

    sha256 = hashlib.sha256(packed).hexdigest()
    download(archive(path, server.url, sha256, len(packed)))

    assert path.read_bytes() == packed


def test_the_file_has_the_rights_of_any_new_file(serve, path):
    before = os.umask(0o027)
    try:
        download(archive(path, serve(WHOLE).url))
    finally:
        os.umask(before)

    assert path.stat().st_mode & 0o777 == 0o640


def test_a_redirect_is_followed(serve, path):
    server = serve(moved("/elsewhere"), WHOLE)

    download(archive(path, server.url))

    assert path.read_bytes() == BODY
    assert "GET /elsewhere " in server.asked[1]


def test_a_download_that_fails_starts_over_twice_after_a_pause(serve, path, pauses):
    server = serve(BROKEN, http(b"busy", 503), WHOLE)

    download(archive(path, server.url))

    assert path.read_bytes() == BODY
    assert len(server.asked) == 3
    assert not any("\nRange:" in request for request in server.asked)
    assert pauses == [1, 2]


@pytest.mark.parametrize(
    "answer", [http(b"gone", 404), http(b"no", 403), moved("http://127.0.0.1:99999/")]
)
def test_what_another_try_cannot_change_is_told_at_once(serve, path, pauses, answer):
    server = serve(answer, WHOLE)

    with pytest.raises(ImageSourceError, match="could not be downloaded"):
        download(archive(path, server.url))

    assert len(server.asked) == 1
    assert pauses == []


def test_a_server_that_asks_to_come_again_is_asked_again(serve, path, pauses):
    server = serve(http(b"too many", 429), http(b"busy", 503), WHOLE)

    download(archive(path, server.url))

    assert path.read_bytes() == BODY
    assert len(server.asked) == 3


def test_a_download_that_fails_three_times_is_given_up(serve, path):
    server = serve(BROKEN, BROKEN, BROKEN, WHOLE)

    with pytest.raises(ImageSourceError, match=BROKE):
        download(archive(path, server.url))

    assert len(server.asked) == 3


def test_without_a_route_nothing_is_left(closed_url, path):
    with pytest.raises(ImageSourceError, match=NOBODY):
        download(archive(path, closed_url))

    assert left_in(path.parent) == []


def test_an_invalid_address_is_named(path):
    with pytest.raises(ImageSourceError, match="because its address or "):
        download(archive(path, "htp://server/"))


def test_a_full_disk_is_named_and_nothing_is_left(serve, path, no_larger_file):
    larger = BODY + b"x"
    sha256 = hashlib.sha256(larger).hexdigest()

    with pytest.raises(ImageSourceError, match="because File too large: "):
        download(archive(path, serve(http(larger)).url, sha256, SIZE + 1))

    assert left_in(path.parent) == []


def test_a_folder_that_cannot_be_made_is_named(serve, path):
    path.parent.write_bytes(b"a file")

    with pytest.raises(
        ImageSourceError, match=r"because (File exists|Not a directory)"
    ):
        download(archive(path, serve(WHOLE).url))


def test_the_file_is_on_the_disk_before_it_is_in_its_place(serve, path, monkeypatch):
    flushed = []
    fsync = os.fsync

    def noting_fsync(descriptor):
        fsync(descriptor)
        flushed.append((os.fstat(descriptor).st_size, path.exists()))

    monkeypatch.setattr(module.os, "fsync", noting_fsync)
    download(archive(path, serve(WHOLE).url))

    assert flushed == [(SIZE, False)]


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_leaves_nothing_and_a_killed_one_what_prune_removes(
    serve, path, tmp_path, end
):
    server = serve(silent(BROKEN), WHOLE)
    with python(PROGRAM, path, server.url, SHA256, SIZE) as run:
        wait_until(lambda: server.asked)
        wait_until(lambda: any(p.stat().st_size for p in path.parent.glob(".*/*")))
        run.send_signal(end)
        assert run.wait() == -end

    left = [] if end is signal.SIGINT else [*path.parent.glob(f".{'?' * 32}")]
    assert left_in(path.parent) == [folder.name for folder in left]
    places = Places(tmp_path, (), lambda _: None, downloads=frozenset([path]))
    leftovers = plan(places, keep=1, now=time.time() + 2 * DAY).leftovers
    assert set(leftovers) == set(left)

    download(archive(path, server.url))

    assert path.read_bytes() == BODY


@pytest.mark.parametrize("first_fails", [False, True])
def test_of_two_runs_at_once_the_second_waits_and_downloads_only_if_the_first_fails(
    serve, path, log, first_fails
):
    def paused(server: Server) -> Iterator[bytes]:
        yield BROKEN
        server.go_on.wait(20)
        yield b"" if first_fails else WHOLE[-1000:]

    server = serve(paused, http(b"busy", 503), http(b"busy", 503), WHOLE)
    with ThreadPoolExecutor() as runs:
        first = runs.submit(download, archive(path, server.url))
        wait_until(lambda: server.asked)
        second = runs.submit(download, archive(path, server.url))
        wait_until(lambda: f"Another run downloads {path}: waiting for it." in log.text)
        server.go_on.set()

    second.result()
    assert isinstance(first.exception(), ImageSourceError if first_fails else NoneType)
    assert path.read_bytes() == BODY
    assert left_in(path.parent) == [path.name]
    assert len(server.asked) == (4 if first_fails else 1)


def test_without_locks_each_run_downloads_for_itself(serve, path, monkeypatch):
    def acquire(*args, **kwargs):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    def when_both_ask(server: Server) -> Iterator[bytes]:
        wait_until(lambda: len(server.asked) == 2)
        yield WHOLE

    monkeypatch.setattr(filelock.FileLock, "acquire", acquire)
    server = serve(when_both_ask)
    with ThreadPoolExecutor() as runs:
        list(runs.map(download, [archive(path, server.url)] * 2))

    assert path.read_bytes() == BODY
    assert left_in(path.parent) == [path.name]


@pytest.mark.parametrize("status", [200, 404])
def test_a_server_answers_whatever_it_answers(serve, status):
    assert server_answers(serve(http(status=status)).url, timeout_s=5)


def test_a_redirect_to_no_address_is_no_answer(serve):
    server = serve(moved(f"http://{'a' * 64}.org/"))

    assert not server_answers(server.url, timeout_s=5)


def test_a_closed_port_does_not_answer_and_is_not_waited_for(closed_url):
    start = time.monotonic()

    assert not server_answers(closed_url, timeout_s=30)
    assert time.monotonic() - start < 5


def test_a_stalled_server_does_not_answer_within_the_timeout(serve):
    start = time.monotonic()

    assert not server_answers(serve(silent(b"")).url, timeout_s=0.3)
    assert 0.25 < time.monotonic() - start < 3


def test_a_stalled_look_up_of_the_name_is_no_answer_and_does_not_hold_up_the_exit():
    program = (
        "import socket, time\n"
        "from denoising_autoencoder.sources.download import server_answers\n"
        "socket.getaddrinfo = lambda *args, **kwargs: time.sleep(60)\n"
        "print(server_answers('http://images.invalid/', 0.1))\n"
    )

    with python(program) as run:
        assert run.communicate(timeout=30) == ("False\n", None)
