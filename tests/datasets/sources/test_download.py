from __future__ import annotations

import errno
import hashlib
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests

from denoising_autoencoder.datasets.sources import download as module
from denoising_autoencoder.datasets.sources.download import download, server_answers
from denoising_autoencoder.errors import ImageSourceError

BODY = bytes(range(256)) * 10_000
SHA256 = hashlib.sha256(BODY).hexdigest()


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_good_file_is_put_in_its_place_alone(serve, archive):
    download(serve(BODY), archive, SHA256)

    assert archive.read_bytes() == BODY
    assert left_in(archive.parent) == [archive.name]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"body": BODY[:1000], "length": len(BODY)}, "the connection broke off"),
        ({"body": BODY[:-1]}, "what came is not the expected file"),
        ({"body": b"", "status": 404}, "the server answered 404"),
        ({"body": b"", "status": 503}, "the server answered 503"),
    ],
    ids=["truncated", "wrong hash", "not found", "overloaded"],
)
def test_a_bad_answer_leaves_nothing_and_names_the_ways_out(
    serve, archive, answer, reason
):
    with pytest.raises(ImageSourceError) as raised:
        download(serve(**answer), archive, SHA256)

    message = str(raised.value)
    assert f"because {reason}: " in message
    assert "run again with a network" in message
    assert f"by hand at {archive}" in message
    assert "--params=images.source=sample" in message
    assert "--params=images.source=npz,images.path=FILE" in message
    assert left_in(archive.parent) == []


def test_without_a_route_nothing_is_left(closed_url, archive):
    with pytest.raises(ImageSourceError, match="there is no connection to the server"):
        download(closed_url, archive, SHA256)

    assert left_in(archive.parent) == []


def test_a_server_that_falls_silent_is_given_up(archive, monkeypatch):
    monkeypatch.setattr(module, "_READ_TIMEOUT_S", 0.2)
    start = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(ImageSourceError, match="the server did not answer in time"):
            download(url, archive, SHA256)

    assert time.monotonic() - start < 5


def test_an_interrupt_leaves_nothing(serve, archive, monkeypatch):
    seen = []

    def interrupted(self, chunk_size):
        yield BODY[:1000]
        seen.extend(left_in(archive.parent))
        raise KeyboardInterrupt

    monkeypatch.setattr(requests.Response, "iter_content", interrupted)
    with pytest.raises(KeyboardInterrupt):
        download(serve(BODY), archive, SHA256)

    assert len(seen) == 1
    assert seen[0].endswith(".part")
    assert left_in(archive.parent) == []


def test_a_full_disk_leaves_nothing_and_is_named(serve, archive, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(module.os, "fsync", full)
    with pytest.raises(ImageSourceError, match="because No space left on device: "):
        download(serve(BODY), archive, SHA256)

    assert left_in(archive.parent) == []


def test_a_failed_download_keeps_what_was_there(serve, archive):
    archive.parent.mkdir()
    archive.write_bytes(b"placed by hand meanwhile")

    with pytest.raises(ImageSourceError):
        download(serve(b"something else"), archive, SHA256)

    assert archive.read_bytes() == b"placed by hand meanwhile"


@pytest.mark.parametrize("status", [200, 404])
def test_a_server_answers_whatever_it_answers(serve, status):
    assert server_answers(serve(b"", status=status), timeout_s=5)


def test_a_closed_port_does_not_answer_and_is_not_waited_for(closed_url):
    start = time.monotonic()

    assert not server_answers(closed_url, timeout_s=30)
    assert time.monotonic() - start < 5


def test_a_stalled_server_does_not_answer_within_the_timeout():
    with socket.create_server(("127.0.0.1", 0)) as stalled:
        url = f"http://127.0.0.1:{stalled.getsockname()[1]}/"
        start = time.monotonic()

        assert not server_answers(url, timeout_s=0.3)
        assert 0.25 < time.monotonic() - start < 3


def test_a_stalled_look_up_of_the_name_counts_as_no_answer(monkeypatch):
    release = threading.Event()

    def look_up(*args, **kwargs):
        release.wait(30)
        raise socket.gaierror(socket.EAI_AGAIN, "stalled")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    start = time.monotonic()
    try:
        assert not server_answers("http://images.invalid/", timeout_s=0.3)
        assert time.monotonic() - start < 3
    finally:
        release.set()
        for thread in threading.enumerate():
            if thread.name == "server_answers":
                thread.join()


def test_a_stalled_look_up_does_not_hold_up_the_exit():
    program = (
        "import socket, time\n"
        "from denoising_autoencoder.datasets.sources.download import server_answers\n"
        "socket.getaddrinfo = lambda *args, **kwargs: time.sleep(60)\n"
        "print(server_answers('http://images.invalid/', 0.1))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )

    assert done.stdout == "False\n"
    assert done.stderr == ""
