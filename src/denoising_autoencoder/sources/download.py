"""A file from a server, put in its place only when it is whole and correct."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from denoising_autoencoder.artifacts.files import temporary_folder
from denoising_autoencoder.errors import ImageSourceError
from denoising_autoencoder.sources.request import Archive
from denoising_autoencoder.sources.table import other_sources

if TYPE_CHECKING:
    import requests

logger = logging.getLogger(__name__)

_CHUNK = 2**16
# To connect, and between two packets: slow is fine, silent is not.
_TIMEOUTS_S = (10.0, 30.0)
_RETRIES = 2
_MOST_BESIDE_BODY = 2**22
"""Bytes of an answer that are not the file: headers, and the sizes of chunks."""

_SERVER_ERROR = 500
_COME_AGAIN = frozenset({408, 425, 429})
"""Statuses of a refusal that may pass: too late, too early, too often."""


def download(archive: Archive) -> None:
    """Download a file, and put it in its place if its SHA-256 is right.

    A download that fails starts over, at most twice, unless the server refuses for
    good. If several runs need it, one downloads, and the others wait for it. What comes
    is collected in a folder beside the file. Only a killed run leaves that folder
    behind, and `kedro prune` removes it; the lock file stays.

    Args:
        archive: The file; missing folders are made. If it is there by the time that
            no other run downloads it, it stays as it is.

    Raises:
        ImageSourceError: If the server cannot be reached, refuses, breaks off or
            sends something else, or the file cannot be written.
    """
    import pooch
    import requests

    pooch.get_logger().setLevel(logging.ERROR)  # our own log says the same
    path, folder = archive.path, archive.path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (
            _only_run(path),
            temporary_folder(folder) as temporary,
        ):
            if path.exists():
                return
            pooch.create(
                temporary,
                base_url="",
                registry={path.name: archive.sha256},
                urls={path.name: archive.url},
                retry_if_failed=_RETRIES,
            ).fetch(path.name, downloader=partial(_fetch, archive))
            (temporary / path.name).replace(path)
    except requests.RequestException as error:
        raise _failure(archive, _reason(error)) from error
    except OSError as error:
        raise _failure(archive, error.strerror or str(error)) from error
    except ValueError as error:  # the SHA-256 differs
        raise _failure(archive, "what came is not the expected file") from error


def lock_of(path: Path) -> Path:
    """The file that keeps other runs from downloading the same file; it stays."""
    return path.with_name(f".{path.name}.lock")


@contextmanager
def _only_run(path: Path) -> Iterator[None]:
    """Wait until no other run downloads a file."""
    from filelock import FileLock, Timeout

    lock = FileLock(lock_of(path))
    with suppress(OSError):  # no locks on some network file systems: all download
        try:
            lock.acquire(timeout=0)
        except Timeout:
            logger.info("Another run downloads %s: waiting for it.", path)
            lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _fetch(archive: Archive, url: str, file_path: str, _pooch: object) -> None:
    """Write a server's answer to a file: for pooch.

    Raises:
        requests.RequestException: What may pass, so that pooch tries again.
        ImageSourceError: What another try cannot change.
    """
    import requests

    logger.info("Downloading %s", url)
    Path(file_path).unlink()  # pooch's own file could be read by nobody else
    try:
        _stream(archive, url, Path(file_path))
    except (requests.RequestException, ValueError) as error:
        # Whatever the libraries think of an address is a ValueError.
        if isinstance(error, requests.RequestException) and _may_pass(error):
            raise
        raise _failure(archive, _reason(error)) from error


def _stream(archive: Archive, url: str, path: Path) -> None:
    """Write a server's answer to a file, up to the size that is known."""
    from denoising_autoencoder.sources.bounded_http import bounded_session
    from denoising_autoencoder.terminal.progress import progress_bar

    def too_long() -> ImageSourceError:
        return _failure(archive, "what came is longer than the expected file")

    with (
        bounded_session(archive.size + _MOST_BESIDE_BODY, too_long) as session,
        session.get(
            url,
            stream=True,
            timeout=_TIMEOUTS_S,
            headers={"Accept-Encoding": "identity"},
            hooks={"response": _drop_body_of_redirect},
        ) as response,
        path.open("wb") as file,
        progress_bar(archive.path.name, archive.size) as show,
    ):
        response.raise_for_status()
        # A server that labels a .gz as encoded means its content: nothing is decoded.
        response.raw.headers.discard("Content-Encoding")
        for piece in response.iter_content(_CHUNK):
            if file.tell() + len(piece) > archive.size:
                raise too_long()
            file.write(piece)
            done = file.tell()
            show(done, f"{done / 1e6:.1f} of {archive.size / 1e6:.1f} MB")
        file.flush()
        os.fsync(file.fileno())


def _drop_body_of_redirect(response: requests.Response, **_: object) -> None:
    # Else requests reads it into memory, even one without an end.
    if response.is_redirect:
        response.close()


def _may_pass(error: requests.RequestException) -> bool:
    """Whether another try may give another answer."""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        status = error.response.status_code
        return status >= _SERVER_ERROR or status in _COME_AGAIN
    return isinstance(
        error,
        requests.ConnectionError
        | requests.Timeout
        | requests.exceptions.ChunkedEncodingError,
    )


def _reason(error: Exception) -> str:
    """Name what went wrong in a few words; urllib3's own fill several lines."""
    import requests
    from urllib3.exceptions import ReadTimeoutError

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answered {error.response.status_code}"
    if isinstance(error, requests.Timeout) or isinstance(
        next(iter(error.args), None), ReadTimeoutError
    ):
        return "the server did not answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off"
    if isinstance(error, requests.ConnectionError):
        return "there is no connection to the server"
    return "its address or the server's answer is invalid"


def _failure(archive: Archive, reason: str) -> ImageSourceError:
    """Say why there is no file, and the ways out."""
    return ImageSourceError(
        f"{archive.url} could not be downloaded, because {reason}: run again with a "
        f"network, place the file by hand at {archive.path}, or choose other images "
        f"with {other_sources('cifar10')}."
    )


def server_answers(url: str, timeout_s: float) -> bool:
    """Say whether a server answers at all, whatever it answers.

    Args:
        url: An address on the server.
        timeout_s: Seconds to wait, including the look-up of the server's name.

    Returns:
        Whether an HTTP answer came in time.
    """
    import requests

    answered = threading.Event()

    def ask() -> None:
        with suppress(requests.RequestException, ValueError):  # of a redirect
            requests.head(url, timeout=timeout_s, allow_redirects=True)
            answered.set()

    # No timeout of requests covers the look-up of the name, which can take minutes
    # where packets are dropped. A daemon thread does not hold up the interpreter's
    # exit.
    thread = threading.Thread(target=ask, name="server_answers", daemon=True)
    thread.start()
    thread.join(timeout_s)
    return answered.is_set()
