"""A file from a server: in its place once whole and as expected, kept until then."""

from __future__ import annotations

import hashlib
import logging
import re
import threading
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from denoising_autoencoder.errors import ImageSourceError
from denoising_autoencoder.sources.partial_file import Part, is_kept, part_at

if TYPE_CHECKING:
    import requests

logger = logging.getLogger(__name__)

_CHUNK = 1 << 20
_CONNECT_TIMEOUT_S = 10.0
# Between two packets, not for the whole file: slow is fine, silent is not.
_READ_TIMEOUT_S = 30.0
# Long enough for a router to come back, short enough to be waited for.
_PAUSE_S = 1.0


def download(url: str, path: Path, sha256: str) -> None:
    """Download a file, and put it in its place only once it is known to be right.

    What comes is collected in `.{name}.part` beside the file. That stays when the
    connection breaks, the disk is full or the run is interrupted or killed, and the
    next call goes on from there. Of several runs at once one downloads, and the others
    wait for it. Where there are no file locks (Windows, some network file systems),
    each run downloads for itself, and nothing is kept.

    Args:
        url: Where the file is.
        path: Where it goes; missing folders are made.
        sha256: The hexadecimal SHA-256 that the file must have.

    Raises:
        ImageSourceError: If the server cannot be reached, refuses, breaks off or
            sends something else, or the file cannot be written. What was at `path`
            is as it was.
    """
    import requests

    partial = _partial(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part_at(partial) as part:
            if _is_there(path, sha256):
                part.clear()
                return
            if not _complete(part, url, sha256):
                part.clear()
                raise _failure(url, path, "what came is not the expected file")
            part.move_to(path)
    except requests.RequestException as error:
        raise _failure(url, path, _reason(error), partial) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise _failure(url, path, reason, partial) from error


def is_begun(path: Path) -> bool:
    """Whether a download of a file broke off and can be gone on with."""
    return is_kept(_partial(path))


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


def _partial(path: Path) -> Path:
    # Beside the final one, because a rename is atomic on one file system only.
    return path.with_name(f".{path.name}.part")


def _is_there(path: Path, sha256: str) -> bool:
    """Say whether the file is in its place already, from another run or by hand."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except FileNotFoundError:
        return False


def _complete(part: Part, url: str, sha256: str) -> bool:
    """Fetch what is missing, and return whether the whole is the expected file."""
    _fetch(part, url, sha256)
    if part.sha256 != sha256 and part.joined:
        # Damaged by a crash, or the file changed on the server between two answers.
        logger.warning("What was kept of %s does not fit: starting over.", url)
        part.clear()
        _fetch(part, url, sha256)
    return part.sha256 == sha256


def _fetch(part: Part, url: str, sha256: str) -> None:
    """Ask again from where the connection broke, as long as each time brings more."""
    import requests

    furthest = part.size
    # Nothing to ask for where only the last step was missing, the rename.
    while part.sha256 != sha256:
        try:
            if _ask(part, url):
                return
        except requests.RequestException:
            # Compared with the furthest point: a server that starts from zero each
            # time, and breaks each time, would otherwise be asked for ever.
            if part.size <= furthest:
                raise
            furthest = part.size
            time.sleep(_PAUSE_S)


def _ask(part: Part, url: str) -> bool:
    """Ask once for what is missing, and append it as it comes.

    Returns:
        Whether that was the end; not if the answer had to be thrown away together
        with the part, and the whole must be asked for.
    """
    import requests

    start = part.size
    # Stored are the bytes on the wire, the ones that Range counts: decoded ones could
    # not be gone on with, and a server that labels a .gz as encoded means its content.
    headers = {"Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    timeouts = (_CONNECT_TIMEOUT_S, _READ_TIMEOUT_S)
    with requests.get(url, headers=headers, stream=True, timeout=timeouts) as response:
        if start and response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.joined = True  # nothing is missing, and yet it isn't the file
            return True
        response.raise_for_status()
        if start and not _goes_on(response, start):
            part.clear()
            if response.status_code == HTTPStatus.PARTIAL_CONTENT:
                return False
        part.joined = part.size > 0
        _append_body(part, response, url)
    return True


def _goes_on(response: requests.Response, start: int) -> bool:
    return (
        response.status_code == HTTPStatus.PARTIAL_CONTENT
        and re.match(rf"bytes {start}-", response.headers.get("Content-Range", ""))
        is not None
    )


def _append_body(part: Part, response: requests.Response, url: str) -> None:
    """Append the body of an answer, with a line in the log and a bar on a terminal."""
    import requests

    from denoising_autoencoder.terminal.progress import progress_bar

    size = _whole_size(response, part.size)
    _log_start(url, part.size, size)
    with progress_bar(url.rsplit("/", 1)[-1], size, done=part.size) as show:
        for piece in _pieces(response):
            part.append(piece)
            show(part.size, _megabytes(part.size, size))
    if size is not None and part.size < size:
        # A server may send less than the rest: it is asked for what is left.
        raise requests.exceptions.ChunkedEncodingError("The answer was too short.")


def _whole_size(response: requests.Response, start: int) -> int | None:
    """Return the bytes of the whole file, as far as an answer tells."""
    match = re.search(r"/(\d+)$", response.headers.get("Content-Range", ""))
    if match:
        return int(match[1])
    length: int | None = response.raw.length_remaining
    return None if length is None else start + length


def _log_start(url: str, start: int, size: int | None) -> None:
    if start:
        logger.info(
            "Going on with the download of %s at %s", url, _megabytes(start, size)
        )
    else:
        logger.info("Downloading %s", url)


def _megabytes(done: int, size: int | None) -> str:
    return f"{done / 1e6:.1f} of {'?' if size is None else f'{size / 1e6:.1f}'} MB"


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """Yield the body as it comes, undecoded, up to the very byte where it breaks."""
    import requests
    from urllib3.exceptions import HTTPError, ReadTimeoutError

    try:
        # Not iter_content: it decodes, and a break costs it up to a whole chunk.
        while piece := response.raw.read1(_CHUNK, decode_content=False):
            yield piece
    except ReadTimeoutError as error:
        raise requests.ReadTimeout(error) from error
    except HTTPError as error:
        raise requests.exceptions.ChunkedEncodingError(error) from error


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


def _failure(
    url: str, path: Path, reason: str, partial: Path | None = None
) -> ImageSourceError:
    """Say why there is no file, the ways out, and what is kept, if anything is."""
    kept = ""
    if partial is not None and is_kept(partial):
        kept = f"; what came is kept in {partial}, and the next run goes on from there"
    return ImageSourceError(
        f"{url} could not be downloaded, because {reason}: run again with a network, "
        f"place the file by hand at {path}, or choose other images with "
        "--params=images.source=sample or "
        f"--params=images.source=npz,images.path=FILE{kept}."
    )
