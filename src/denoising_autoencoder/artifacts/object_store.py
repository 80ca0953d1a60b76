"""The versions in an S3-compatible store, through s3fs.

An object appears whole or not at all, but a version is several objects. So its
`lineage.json` is written last, by a request that refuses to replace an object: a
version is what has a lineage. Files are copied to a temporary folder of this process
when they are read, so that arrays can be mapped into memory.

Address, region and credentials come from AWS's own variables and files only
(AWS_ENDPOINT_URL, AWS_PROFILE and the others): nothing of this project holds them.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing.util import Finalize
from pathlib import Path, PurePath, PurePosixPath
from typing import Any
from uuid import uuid4

from denoising_autoencoder.artifacts.files import rename, sha256
from denoising_autoencoder.artifacts.lineage import FILE_NAME, LARGEST
from denoising_autoencoder.artifacts.store import Store, Structure
from denoising_autoencoder.artifacts.versions import CLAIM, is_version
from denoising_autoencoder.errors import DatasetFileError
from denoising_autoencoder.extras import S3

_SETTINGS = {
    "connect_timeout": 5,
    "read_timeout": 10,
    "retries": {"mode": "standard", "total_max_attempts": 3},
}
"""Of botocore: a store that is silent is given up within half a minute."""

_READERS = 16
"""Lineages that are read at the same time."""

_SHA256 = "sha256"
"""Metadata of each object that this project writes."""

_EXISTS = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
"""What stores answer if they refuse to replace an object."""


class ObjectStore(Store):
    """Versions are objects `<bucket>/<path of the artifact>/<version>/<file>`."""

    def here(self, place: str | PurePath) -> Path:
        """The path of the copy: in this process's folder, by bucket and path."""
        scheme, _, rest = str(place).partition(":")
        return _copies() / rest.lstrip("/") if scheme == "s3" else Path(place)

    def shown(self, path: Path) -> str:
        """The address."""
        return f"s3://{_key(path)}"

    @contextmanager
    def in_its_words(self) -> Iterator[None]:
        """Name addresses, and no files of the temporary folder.

        Raises:
            DatasetFileError: The block raises one, or an error that it caused.
        """
        try:
            yield
        except Exception as error:
            ours = error if isinstance(error, DatasetFileError) else error.__cause__
            if not isinstance(ours, DatasetFileError):
                raise
            words = str(ours).replace(f"{_copies()}{os.sep}", "s3://")
            raise DatasetFileError(words) from error

    def names_of(self, artifact: Path) -> Iterator[str]:
        """The names of the versions that have a lineage."""
        key = _key(artifact)
        found = _find(key)
        for one in found:
            name, _, file = one.removeprefix(f"{key}/").partition("/")
            whole = file == FILE_NAME and f"{key}/{name}/{artifact.name}" in found
            if whole and is_version(name):
                yield name

    def is_there(self, file: str) -> bool:
        """Whether the version of a file has a lineage."""
        return _bring(self.here(file).with_name(FILE_NAME))

    def fetch(self, folder: Path, *names: str) -> None:
        """Copy files of a version here, its lineage first."""
        if _bring(folder / FILE_NAME):
            for name in names:
                _bring(folder / name)

    def wait_for(self, file: Path) -> None:
        """Do nothing: what was written is seen by all at once."""

    def twin_of(self, artifact: Path, sha256: str, size: int | None) -> None:
        """None: each version has objects of its own."""

    def publish(self, folder: Path, version: Path) -> None:
        """Upload the files, the lineage last, and keep the folder as the copy."""
        names = sorted(file.name for file in folder.iterdir())
        names.sort(key=lambda name: name == FILE_NAME)
        for name in names:
            _create(folder / name, _key(version / name))
        shutil.rmtree(version, ignore_errors=True)  # a copy of what was there before
        rename(folder, version)

    @contextmanager
    def structure(self, root: Path, *, lineages: bool) -> Iterator[Structure]:
        """Empty files of the objects' sizes and ages, in a temporary folder."""
        key = _key(root)
        found = _find(key)
        with tempfile.TemporaryDirectory(prefix="denoising_autoencoder-") as folder:
            here = Path(folder)
            objects = {
                path: one
                for name, one in found.items()
                if (path := _inside(here, name.removeprefix(f"{key}/")))
            }
            for path in {path.parent for path in objects}:
                path.mkdir(parents=True, exist_ok=True)
            if lineages:
                _make_files(objects)
            yield Structure(here, _unfinished(objects) if lineages else frozenset())

    def remove(self, path: Path) -> None:
        """Delete the objects, the lineage first: what is left is no version.

        The copy goes too, or the version would seem to exist here.
        """
        key = _key(path)
        with _sentences("removed", key):
            names = sorted(_file_system().find(key))
            names.sort(key=lambda name: not name.endswith(f"/{FILE_NAME}"))
            for name in names:
                _file_system().rm_file(name)
        shutil.rmtree(path, ignore_errors=True)

    def reserved(self, root: Path) -> list[str]:
        """The names of the objects of runs that go on."""
        key = _key(root)
        found = (name.removeprefix(f"{key}/") for name in _find(key, prefix="."))
        return [name for name in found if CLAIM.fullmatch(name)]

    def reserve(self, place: Path) -> None:
        """Create the object, and see that the store refuses to create it twice."""
        key = _key(place)
        with _sentences("written", key):
            _file_system().pipe_file(key, b"", mode="create")
            with suppress(FileExistsError):
                with _refused_as_existing():
                    _file_system().pipe_file(key, b"", mode="create")
                self.release(place)
                raise DatasetFileError(
                    f"The store of s3://{key.partition('/')[0]} does not refuse to "
                    "replace an object (If-None-Match), so that two runs could mix "
                    "their files: choose another data_root."
                )

    def release(self, place: Path) -> None:
        """Delete the object."""
        with suppress(Exception):  # the run has ended; prune removes it
            _file_system().rm_file(_key(place))


@cache
def _file_system() -> Any:
    """The connection of this process."""
    with S3.needed():
        import s3fs

    file_system = s3fs.S3FileSystem(
        config_kwargs=_SETTINGS, use_listings_cache=False, skip_instance_cache=True
    )
    file_system.retries = 1  # botocore tries again
    return file_system


@cache
def _copies() -> Path:
    """Folder of the copies; it is removed when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="denoising_autoencoder-"))
    # Not atexit, which a process of multiprocessing does not call.
    Finalize(None, shutil.rmtree, (folder, True), exitpriority=0)
    return folder


def _key(path: Path) -> str:
    """Bucket and path of the object that a file is a copy of."""
    return path.relative_to(_copies()).as_posix()


def _find(key: str, prefix: str = "") -> dict[str, Mapping[str, Any]]:
    """All objects below a place, by name."""
    try:
        with _sentences("read", key):
            found: dict[str, Mapping[str, Any]] = _file_system().find(
                key, detail=True, prefix=prefix
            )
            return found
    except FileNotFoundError as error:  # a server that is no store has no lists
        raise _no_bucket(key) from error


def _bring(file: Path) -> bool:
    """Download a file, whole or not at all, unless its copy is here: nothing changes.

    Returns:
        Whether it exists.
    """
    if file.exists():
        return True
    key, hidden = _key(file), file.with_name(f".{uuid4().hex}")
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _sentences("read", key):
            _file_system().get_file(key, str(hidden))
    except FileNotFoundError:
        return False
    else:
        hidden.replace(file)
        return True
    finally:
        hidden.unlink(missing_ok=True)


def _create(file: Path, key: str) -> None:
    """Upload a file, unless there is an object of another content.

    An answer may get lost: what is sent again finds the same content.

    Raises:
        FileExistsError: There is an object of another content.
    """
    content = sha256(file)
    with _sentences("written", key):
        try:
            with _refused_as_existing():
                _file_system().put_file(
                    str(file), key, mode="create", Metadata={_SHA256: content}
                )
        except FileExistsError:
            if _file_system().metadata(key, refresh=True).get(_SHA256) != content:
                raise


def _inside(root: Path, name: str) -> Path | None:
    """A path below a folder; None for a name that would lead out of it."""
    parts = PurePosixPath(name).parts
    safe = not name.startswith("/") and ".." not in parts and not name.endswith("/")
    return root.joinpath(*parts) if safe and parts else None


def _make_files(objects: Mapping[Path, Mapping[str, Any]]) -> None:
    """Make a file for each object: of its size and age, and of no content.

    Only lineages have their content.
    """
    records = [
        path
        for path, one in objects.items()
        if path.name == FILE_NAME and one["size"] <= LARGEST
    ]
    with ThreadPoolExecutor(_READERS) as threads:
        names = [objects[path]["name"] for path in records]
        contents = dict(zip(records, threads.map(_content, names), strict=True))
    for path, one in objects.items():
        if path in contents:
            path.write_bytes(contents[path])
        else:
            path.touch()
            os.truncate(path, one["size"])
        age = one["LastModified"].timestamp()
        os.utime(path, (age, age))


def _content(key: str) -> bytes:
    with _sentences("read", key):
        return bytes(_file_system().cat_file(key))


def _unfinished(objects: Mapping[Path, Mapping[str, Any]]) -> frozenset[Path]:
    """Folders of versions without a lineage that hold only what this project wrote."""
    folders = defaultdict(list)
    for path, one in objects.items():
        folders[path.parent].append(one)
    half = {
        folder: found
        for folder, found in folders.items()
        if is_version(folder.name) and folder / FILE_NAME not in objects
    }
    ours = frozenset(one for one, found in half.items() if all(map(_is_ours, found)))
    for folder in ours:
        age = max(one["LastModified"].timestamp() for one in half[folder])
        os.utime(folder, (age, age))
    return ours


def _is_ours(one: Mapping[str, Any]) -> bool:
    with _sentences("read", one["name"]):
        return _SHA256 in _file_system().metadata(one["name"], refresh=True)


@contextmanager
def _refused_as_existing() -> Iterator[None]:
    """Know the refusal to replace an object, in whatever words.

    Raises:
        FileExistsError: The store refused.
    """
    try:
        yield
    except OSError as error:
        if _code(error) in _EXISTS:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from error
        raise


@contextmanager
def _sentences(done: str, key: str) -> Iterator[None]:
    """Say in one sentence why a store cannot be used.

    Messages of libraries are left out, since they may hold addresses with passwords.

    Args:
        done: What cannot be done: "read", "written" or "removed".
        key: Bucket and path.

    Raises:
        DatasetFileError: The store does not answer, denies access, or has no such
            bucket.
        FileExistsError: There is such an object.
        FileNotFoundError: There is no such object.
    """
    from botocore import exceptions as boto

    address = f"s3://{key}"
    try:
        yield
    except (OSError, boto.BotoCoreError, boto.ClientError, ValueError) as error:
        code = _code(error)
        if code == "NoSuchBucket":
            raise _no_bucket(key) from error
        if isinstance(error, FileNotFoundError | FileExistsError):
            raise
        if isinstance(
            error,
            boto.NoCredentialsError
            | boto.PartialCredentialsError
            | boto.CredentialRetrievalError
            | boto.ProfileNotFound,
        ):
            raise DatasetFileError(
                f"{address} cannot be {done}, since there are no AWS credentials: set "
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE."
            ) from error
        if isinstance(error, PermissionError):
            raise DatasetFileError(
                f"{address} cannot be {done} (the store answers {code or 'no'}): give "
                "these credentials the right to list, read, write and delete there, or "
                "set others."
            ) from error
        if code:
            reason = f"the store answers {code}"
        elif isinstance(
            error, boto.HTTPClientError | boto.ConnectionError | TimeoutError
        ):
            reason = "the store does not answer"
        else:
            reason = type(error).__name__
        raise DatasetFileError(
            f"{address} cannot be {done} ({reason}): see that the store can be reached "
            "at AWS_ENDPOINT_URL (AWS's own if it is not set), and run again; what was "
            "saved before is whole."
        ) from error


def _no_bucket(key: str) -> DatasetFileError:
    return DatasetFileError(
        f"There is no bucket {key.partition('/')[0]} in this store: create it, or "
        "correct data_root or AWS_ENDPOINT_URL."
    )


def _code(error: BaseException) -> str:
    """The code of a store's answer; empty if there is none."""
    cause: BaseException | None = error
    while cause is not None:
        response = getattr(cause, "response", None)
        if isinstance(response, dict):
            return str(response.get("Error", {}).get("Code", ""))
        cause = cause.__cause__
    return ""
