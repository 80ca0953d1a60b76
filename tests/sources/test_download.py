from __future__ import annotations

import errno
import fcntl
import gzip
import hashlib
import io
import logging
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import rich.progress

from denoising_autoencoder.errors import ImageSourceError
from denoising_autoencoder.sources import download as module
from denoising_autoencoder.sources import partial_file
from denoising_autoencoder.sources.download import download, server_answers

BODY = bytes(range(256)) * 10_000
SHA256 = hashlib.sha256(BODY).hexdigest()
WHOLE = {"body": BODY}
K = 1_000_003
FROM_K = f"bytes={K}-"
BROKEN = {"body": BODY, "breaks_after": K}
SILENT = {"body": BODY, "pauses_after": K, "breaks_after": K}
NOTHING_NEW = {"body": BODY, "breaks_after": 0}
REFUSED = {"body": b"", "status": 503}

# What a run of its own does: download(url, path, sha256), with its log on stderr.
PROGRAM = """
import logging, signal, sys
from pathlib import Path
from denoising_autoencoder.sources.download import download
logging.basicConfig(level=logging.INFO)
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
download(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
"""


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def wait_until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def python(program: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr(module, "_PAUSE_S", 0.0)


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO, "denoising_autoencoder")
    return caplog


@pytest.fixture
def partial(archive):
    """Where the part is kept; it isn't there yet, but its folder is."""
    archive.parent.mkdir()
    return archive.with_name(f".{archive.name}.part")


@pytest.fixture
def part(partial):
    """What a run left that was broken off after K bytes."""
    partial.write_bytes(BODY[:K])
    return partial


def test_a_good_file_is_put_in_its_place_alone(start_server, archive, log):
    server = start_server(WHOLE)

    download(server.url, archive, SHA256)

    assert archive.read_bytes() == BODY
    assert left_in(archive.parent) == [archive.name]
    assert server.ranges == [None]
    assert server.asked[0]["Accept-Encoding"] == "identity"
    assert log.messages == [f"Downloading {server.url}"]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (NOTHING_NEW, "the connection broke off"),
        ({"body": BODY[:-1]}, "what came is not the expected file"),
        ({"body": b"", "status": 404}, "the server answered 404"),
        ({"body": b"", "status": 416}, "the server answered 416"),
        (REFUSED, "the server answered 503"),
    ],
    ids=["broken", "wrong hash", "not found", "out of range", "overloaded"],
)
def test_a_bad_answer_leaves_nothing_and_names_the_ways_out(
    start_server, archive, bad, reason
):
    server = start_server(bad)

    with pytest.raises(ImageSourceError) as raised:
        download(server.url, archive, SHA256)

    message = str(raised.value)
    assert f"because {reason}: " in message
    assert "run again with a network" in message
    assert f"by hand at {archive}" in message
    assert "--params=images.source=sample" in message
    assert message.endswith("--params=images.source=npz,images.path=FILE.")
    assert left_in(archive.parent) == []
    assert server.ranges == [None]


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


def test_a_failed_download_keeps_what_was_there(serve, archive):
    archive.parent.mkdir()
    archive.write_bytes(b"placed by hand meanwhile")

    with pytest.raises(ImageSourceError):
        download(serve(b"something else"), archive, SHA256)

    assert archive.read_bytes() == b"placed by hand meanwhile"
    assert left_in(archive.parent) == [archive.name]


def test_a_broken_download_goes_on_after_a_pause(
    start_server, archive, monkeypatch, log
):
    pauses = []
    monkeypatch.setattr(module, "_PAUSE_S", 7.5)
    monkeypatch.setattr(module.time, "sleep", pauses.append)
    server = start_server(BROKEN, BROKEN, WHOLE)

    download(server.url, archive, SHA256)

    assert archive.read_bytes() == BODY
    assert left_in(archive.parent) == [archive.name]
    assert server.ranges == [None, FROM_K, f"bytes={2 * K}-"]
    assert pauses == [7.5, 7.5]
    assert log.messages == [
        f"Downloading {server.url}",
        f"Going on with the download of {server.url} at 1.0 of 2.6 MB",
        f"Going on with the download of {server.url} at 2.0 of 2.6 MB",
    ]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (NOTHING_NEW, "the connection broke off"),
        (REFUSED, "the server answered 503"),
        ({"body": b"", "status": 404}, "the server answered 404"),
    ],
    ids=["broken", "overloaded", "not found"],
)
def test_an_answer_with_nothing_new_ends_the_run_and_the_next_one_goes_on(
    start_server, archive, partial, bad, reason
):
    server = start_server(BROKEN, bad, WHOLE)

    with pytest.raises(ImageSourceError) as raised:
        download(server.url, archive, SHA256)

    assert f"because {reason}: " in str(raised.value)
    assert str(raised.value).endswith(
        f"; what came is kept in {partial}, and the next run goes on from there."
    )
    assert left_in(archive.parent) == [partial.name]
    assert partial.read_bytes() == BODY[:K]
    assert server.ranges == [None, FROM_K]

    download(server.url, archive, SHA256)

    assert archive.read_bytes() == BODY
    assert left_in(archive.parent) == [archive.name]
    assert server.ranges == [None, FROM_K, FROM_K]


def test_without_a_route_what_came_before_is_kept(closed_url, archive, part):
    with pytest.raises(ImageSourceError, match=r"no connection .* is kept in "):
        download(closed_url, archive, SHA256)

    assert part.read_bytes() == BODY[:K]


def test_a_silence_within_the_file_counts_as_a_broken_connection(
    start_server, archive, monkeypatch
):
    monkeypatch.setattr(module, "_READ_TIMEOUT_S", 0.5)
    server = start_server(SILENT, {**NOTHING_NEW, "pauses_after": 0}, WHOLE)

    with pytest.raises(ImageSourceError, match=r"not answer in time: .* is kept in "):
        download(server.url, archive, SHA256)
    download(server.url, archive, SHA256)

    assert archive.read_bytes() == BODY
    assert server.ranges == [None, FROM_K, FROM_K]


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_or_killed_run_is_gone_on_with(
    start_server, archive, partial, end
):
    server = start_server(SILENT, WHOLE)
    with python(PROGRAM, server.url, archive, SHA256) as run:
        wait_until(lambda: partial.exists() and partial.stat().st_size == K)
        run.send_signal(end)
        run.communicate(timeout=20)

    assert run.returncode == -end
    assert left_in(archive.parent) == [partial.name]
    assert partial.read_bytes() == BODY[:K]

    download(server.url, archive, SHA256)

    assert archive.read_bytes() == BODY
    assert left_in(archive.parent) == [archive.name]
    assert server.ranges == [None, FROM_K]


def test_a_disk_that_fills_up_keeps_what_it_took(start_server, archive, partial):
    server = start_server(WHOLE)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (K, limits[1]))
    try:
        with pytest.raises(ImageSourceError, match=r"File too large: .* is kept in "):
            download(server.url, archive, SHA256)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert partial.read_bytes() == BODY[:K]
    download(server.url, archive, SHA256)
    assert archive.read_bytes() == BODY
    assert server.ranges == [None, FROM_K]


def test_a_disk_that_takes_a_little_at_a_time_gets_all(serve, archive, monkeypatch):
    class Slow(io.FileIO):
        def write(self, data):
            return super().write(data[:10_000])

    open_path = Path.open

    def slow_open(path, mode, buffering=-1):
        return Slow(path, mode) if buffering == 0 else open_path(path, mode)

    monkeypatch.setattr(Path, "open", slow_open)
    download(serve(BODY), archive, SHA256)

    assert archive.read_bytes() == BODY


def test_a_run_that_only_lacked_the_last_step_asks_for_nothing_more(
    start_server, archive, partial, monkeypatch
):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    server = start_server(WHOLE)
    with monkeypatch.context() as patch:
        patch.setattr(partial_file.os, "fsync", full)
        with pytest.raises(ImageSourceError, match="because No space left on device: "):
            download(server.url, archive, SHA256)
    assert left_in(archive.parent) == [partial.name]

    download(server.url, archive, SHA256)

    assert archive.read_bytes() == BODY
    assert left_in(archive.parent) == [archive.name]
    assert server.ranges == [None]


def test_the_file_is_on_the_disk_before_it_is_in_its_place(serve, archive, monkeypatch):
    done = []
    fsync, replace = os.fsync, Path.replace

    def noting_fsync(descriptor):
        fsync(descriptor)
        done.append(f"{os.fstat(descriptor).st_size} bytes")

    def noting_replace(self, target):
        done.append(target)
        return replace(self, target)

    monkeypatch.setattr(partial_file.os, "fsync", noting_fsync)
    monkeypatch.setattr(Path, "replace", noting_replace)
    download(serve(BODY), archive, SHA256)

    assert done == [f"{len(BODY)} bytes", archive]


def test_a_server_that_ignores_range_is_read_from_the_start(
    start_server, archive, part, log
):
    server = start_server({"body": BODY, "ranges": False})

    download(server.url, archive, SHA256)

    assert archive.read_bytes() == BODY
    assert server.ranges == [FROM_K]
    assert log.messages == [f"Downloading {server.url}"]


def test_a_server_that_ignores_range_and_always_breaks_is_given_up(
    start_server, archive, partial
):
    server = start_server({**BROKEN, "ranges": False})

    with pytest.raises(ImageSourceError, match="the connection broke off"):
        download(server.url, archive, SHA256)

    assert partial.read_bytes() == BODY[:K]
    assert server.ranges == [None, FROM_K]


@pytest.mark.parametrize(
    "content_range",
    ["bytes 0-2559999/2560000", "bytes 10000030-2559999/2560000", "pages 1-2/3", None],
    ids=["from zero", "from elsewhere", "other units", "missing"],
)
def test_a_part_from_elsewhere_is_not_appended(
    start_server, archive, part, content_range
):
    wrong = {"body": BODY, "headers": {"Content-Range": content_range}}
    server = start_server(wrong, WHOLE)

    download(server.url, archive, SHA256)

    assert archive.read_bytes() == BODY
    assert server.ranges == [FROM_K, None]


def test_an_answer_shorter_than_the_rest_is_asked_for_what_is_left(
    start_server, archive, part
):
    short = {
        "body": BODY[: 2 * K],
        "headers": {"Content-Range": f"bytes {K}-{2 * K - 1}/{len(BODY)}"},
    }
    server = start_server(short, WHOLE)

    download(server.url, archive, SHA256)

    assert archive.read_bytes() == BODY
    assert server.ranges == [FROM_K, f"bytes={2 * K}-"]


@pytest.mark.parametrize("kept", [BODY + b"more", b"?" * len(BODY)])
def test_a_part_that_the_server_finds_complete_but_is_wrong_is_fetched_anew(
    start_server, archive, partial, kept, log
):
    partial.write_bytes(kept)
    server = start_server(WHOLE)

    download(server.url, archive, SHA256)

    assert archive.read_bytes() == BODY
    assert server.ranges == [f"bytes={len(kept)}-", None]
    assert log.messages == [
        f"What was kept of {server.url} does not fit: starting over.",
        f"Downloading {server.url}",
    ]


def test_a_file_that_changed_meanwhile_is_fetched_anew(
    start_server, archive, partial, log
):
    partial.write_bytes(b"?" * K)
    server = start_server(WHOLE)

    download(server.url, archive, SHA256)

    assert archive.read_bytes() == BODY
    assert left_in(archive.parent) == [archive.name]
    assert server.ranges == [FROM_K, None]
    assert f"What was kept of {server.url} does not fit: starting over." in log.messages


def test_a_file_that_changed_between_two_answers_is_fetched_anew(start_server, archive):
    server = start_server({"body": b"?" * len(BODY), "breaks_after": K}, WHOLE)

    download(server.url, archive, SHA256)

    assert archive.read_bytes() == BODY
    assert server.ranges == [None, FROM_K, None]


def test_a_file_that_changed_for_good_is_fetched_anew_once(start_server, archive, part):
    server = start_server({"body": BODY[::-1]})

    with pytest.raises(ImageSourceError, match="is not the expected file") as raised:
        download(server.url, archive, SHA256)

    assert "is kept" not in str(raised.value)
    assert left_in(archive.parent) == []
    assert server.ranges == [FROM_K, None]


@pytest.mark.parametrize(("chunked", "megabytes"), [(True, "?"), (False, "2.6")])
def test_a_file_whose_length_no_range_tells_is_gone_on_with(
    start_server, archive, part, log, chunked, megabytes
):
    headers = {"Content-Range": f"bytes {K}-{len(BODY) - 1}/*"}
    server = start_server({"body": BODY, "chunked": chunked, "headers": headers})

    download(server.url, archive, SHA256)

    assert archive.read_bytes() == BODY
    assert server.ranges == [FROM_K]
    assert log.messages == [
        f"Going on with the download of {server.url} at 1.0 of {megabytes} MB"
    ]


def test_a_file_in_chunks_is_kept_up_to_where_it_broke(start_server, archive):
    head_of_chunk = len(f"{len(BODY):x}\r\n")
    broken = {"body": BODY, "chunked": True, "breaks_after": K + head_of_chunk}
    server = start_server(broken, WHOLE)

    download(server.url, archive, SHA256)

    assert archive.read_bytes() == BODY
    assert server.ranges == [None, FROM_K]


def test_a_file_is_kept_as_it_was_sent_whatever_its_encoding_is_called(
    start_server, archive
):
    packed = gzip.compress(BODY)
    answer = {"body": packed, "headers": {"Content-Encoding": "gzip"}}
    server = start_server({**answer, "breaks_after": 1000}, answer)

    download(server.url, archive, hashlib.sha256(packed).hexdigest())

    assert archive.read_bytes() == packed
    assert server.ranges == [None, "bytes=1000-"]


def test_the_bar_starts_at_what_is_there_and_ends_at_the_whole(
    start_server, archive, part, monkeypatch
):
    tasks = []
    remove_task = rich.progress.Progress.remove_task

    def noting_remove_task(self, task):
        tasks.extend((task.total, task.completed) for task in self.tasks)
        remove_task(self, task)

    add_task = rich.progress.Progress.add_task

    def noting_add_task(self, description, **kwargs):
        tasks.append((kwargs["total"], kwargs["completed"]))
        return add_task(self, description, **kwargs)

    monkeypatch.setattr(rich.progress.Progress, "add_task", noting_add_task)
    monkeypatch.setattr(rich.progress.Progress, "remove_task", noting_remove_task)
    download(start_server(WHOLE).url, archive, SHA256)

    assert tasks == [(len(BODY), K), (len(BODY), len(BODY))]


def test_a_file_that_is_there_by_now_is_not_fetched(start_server, archive, part):
    archive.write_bytes(BODY)
    server = start_server(WHOLE)

    download(server.url, archive, SHA256)

    assert server.ranges == []
    assert left_in(archive.parent) == [archive.name]


def test_of_two_runs_at_once_one_downloads_and_the_other_waits(
    start_server, archive, partial
):
    server = start_server({"body": BODY, "pauses_after": K})
    arguments = (PROGRAM, server.url, archive, SHA256)
    with python(*arguments) as first:
        wait_until(lambda: partial.exists() and partial.stat().st_size == K)
        with python(*arguments) as second:
            line = second.stderr.readline()
            server.go_on.set()
            _, rest = second.communicate(timeout=20)
        first.communicate(timeout=20)

    assert line.endswith(
        f"Another run is downloading into {partial}: waiting for it.\n"
    )
    assert rest == ""
    assert [first.returncode, second.returncode] == [0, 0]
    assert archive.read_bytes() == BODY
    assert left_in(archive.parent) == [archive.name]
    assert server.ranges == [None]


@pytest.mark.parametrize(
    ("answers", "ranges"),
    [
        # The first run deletes its empty part, and the second must notice.
        (({**NOTHING_NEW, "pauses_after": 0}, WHOLE), [None, None]),
        ((SILENT, NOTHING_NEW, WHOLE), [None, FROM_K, FROM_K]),
    ],
    ids=["without a part", "with a part"],
)
def test_the_run_that_waited_takes_over_where_the_other_failed(
    start_server, archive, answers, ranges, log
):
    server = start_server(*answers)
    with ThreadPoolExecutor() as runs:
        first = runs.submit(download, server.url, archive, SHA256)
        wait_until(lambda: server.ranges)
        second = runs.submit(download, server.url, archive, SHA256)
        wait_until(lambda: "waiting for it" in log.text)
        server.go_on.set()

    with pytest.raises(ImageSourceError, match="the connection broke off"):
        first.result()
    second.result()
    assert archive.read_bytes() == BODY
    assert left_in(archive.parent) == [archive.name]
    assert server.ranges == ranges


def test_a_part_that_another_run_began_is_never_put_in_the_place(
    start_server, archive, partial
):
    server = start_server({"body": BODY, "pauses_after": K})
    with ThreadPoolExecutor() as runs:
        run = runs.submit(download, server.url, archive, SHA256)
        wait_until(lambda: partial.exists() and partial.stat().st_size == K)
        partial.unlink()
        partial.write_bytes(b"of another run")
        server.go_on.set()

    with pytest.raises(ImageSourceError, match="because its partial file was deleted"):
        run.result()
    assert left_in(archive.parent) == [partial.name]
    assert partial.read_bytes() == b"of another run"


@pytest.fixture(params=["Windows", "a network file system"])
def _no_locks(request, monkeypatch):
    def flock(file, operation):
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    if request.param == "Windows":
        monkeypatch.setitem(sys.modules, "fcntl", None)
    else:
        monkeypatch.setattr(fcntl, "flock", flock)


@pytest.mark.usefixtures("_no_locks")
def test_without_locks_each_run_has_a_part_of_its_own(start_server, archive, partial):
    server = start_server({"body": BODY, "pauses_after": K})
    with ThreadPoolExecutor() as runs:
        both = [runs.submit(download, server.url, archive, SHA256) for _ in range(2)]
        wait_until(lambda: len(server.ranges) == 2)
        during = left_in(archive.parent)
        server.go_on.set()
        for run in both:
            run.result()

    assert len(during) == 2
    assert partial.name not in during
    assert archive.read_bytes() == BODY
    assert left_in(archive.parent) == [archive.name]


@pytest.mark.usefixtures("_no_locks")
def test_without_locks_a_run_still_goes_on_but_leaves_nothing(start_server, archive):
    server = start_server(BROKEN, REFUSED)

    with pytest.raises(ImageSourceError, match="the server answered 503") as raised:
        download(server.url, archive, SHA256)

    assert "is kept" not in str(raised.value)
    assert left_in(archive.parent) == []
    assert server.ranges == [None, FROM_K]


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
        "from denoising_autoencoder.sources.download import server_answers\n"
        "socket.getaddrinfo = lambda *args, **kwargs: time.sleep(60)\n"
        "print(server_answers('http://images.invalid/', 0.1))\n"
    )
    with python(program) as run:
        stdout, stderr = run.communicate(timeout=30)

    assert run.returncode == 0
    assert stdout == "False\n"
    assert stderr == ""
