"""A file from a server: whole and as expected, or not there at all."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from pathlib import Path
from uuid import uuid4

from denoising_autoencoder.errors import ImageSourceError

logger = logging.getLogger(__name__)

_CHUNK = 1 << 20
_CONNECT_TIMEOUT_S = 10.0
# Between two packets, not for the whole file: slow is fine, silent is not.
_READ_TIMEOUT_S = 30.0


def download(url: str, path: Path, sha256: str) -> None:
    """Download a file, and put it in its place only once it is known to be right.

    Args:
        url: Where the file is.
        path: Where it goes; missing folders are made.
        sha256: The hexadecimal SHA-256 that the file must have.

    Raises:
        ImageSourceError: If the server cannot be reached, refuses, breaks off or
            sends something else, or the file cannot be written. Nothing is left.
    """
    import requests

    # A name of its own, so that two runs at once don't write into one file, beside
    # the final one, because a rename is atomic on one file system only.
    partial = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if _fetch(url, partial) != sha256:
            raise _failure(url, path, "what came is not the expected file")
        partial.replace(path)
    except requests.RequestException as error:
        raise _failure(url, path, _reason(error)) from error
    except OSError as error:
        raise _failure(url, path, error.strerror or str(error)) from error
    finally:
        # Here and not in an except clause, so that Ctrl-C leaves nothing either.
        partial.unlink(missing_ok=True)


def server_answers(url: str, timeout_s: float) -> bool:
    """Say whether a server answers at all, whatever it answers.

    Args:
        url: An address on the server.
        timeout_s: Seconds to wait, resolving the server's name included.

    Returns:
        Whether an HTTP answer came in time.
    """
    import requests

    answered = threading.Event()

    def ask() -> None:
        try:
            requests.head(url, timeout=timeout_s, allow_redirects=True)
        except requests.RequestException:
            return
        answered.set()

    # No timeout of requests covers the look-up of the name, which can take minutes
    # where packets are dropped: it is left behind in a thread, a daemon so that it
    # doesn't hold up the interpreter's exit.
    thread = threading.Thread(target=ask, name="server_answers", daemon=True)
    thread.start()
    thread.join(timeout_s)
    return answered.is_set()


def _fetch(url: str, path: Path) -> str:
    """Stream a file to disk and return the SHA-256 of what came."""
    import requests
    import rich
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    logger.info("Downloading %s", url)
    console = rich.get_console()
    digest = hashlib.sha256()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with (
        requests.get(
            url, stream=True, timeout=(_CONNECT_TIMEOUT_S, _READ_TIMEOUT_S)
        ) as response,
        Progress(
            *columns,
            console=console,
            transient=True,
            disable=not console.is_terminal,
        ) as progress,
    ):
        response.raise_for_status()
        size = response.headers.get("Content-Length")
        task = progress.add_task(
            f"Downloading {url.rsplit('/', 1)[-1]}", total=int(size) if size else None
        )
        with path.open("xb") as file:
            for chunk in response.iter_content(_CHUNK):
                file.write(chunk)
                digest.update(chunk)
                progress.advance(task, len(chunk))
            file.flush()
            os.fsync(file.fileno())
    return digest.hexdigest()


def _reason(error: Exception) -> str:
    """Name what went wrong in a few words; urllib3's own fill several lines."""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answered {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return "the server did not answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off"
    if isinstance(error, requests.ConnectionError):
        return "there is no connection to the server"
    return str(error)


def _failure(url: str, path: Path, reason: str) -> ImageSourceError:
    return ImageSourceError(
        f"{url} could not be downloaded, because {reason}: run again with a network, "
        f"place the file by hand at {path}, or choose other images with "
        "--params=images.source=sample or "
        "--params=images.source=npz,images.path=FILE."
    )
