"""The versions in a local folder, or in one that machines share."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path, PurePath

from denoising_autoencoder.artifacts.files import is_there, rename
from denoising_autoencoder.artifacts.lineage import FILE_NAME, records
from denoising_autoencoder.artifacts.prune import remove
from denoising_autoencoder.artifacts.store import Store, Structure
from denoising_autoencoder.artifacts.versions import CLAIM, names_of
from denoising_autoencoder.errors import DatasetFileError

_PATIENCE = 60
"""Seconds after which clients of NFS look at a folder again (acdirmax)."""


class LocalFolder(Store):
    """Versions are folders on a disk, or on one that machines share."""

    def here(self, place: str | PurePath) -> Path:
        """The path itself."""
        return Path(place)

    def shown(self, path: Path) -> str:
        """The path itself."""
        return str(path)

    def in_its_words(self) -> AbstractContextManager[None]:
        """Change nothing."""
        return nullcontext()

    def names_of(self, artifact: Path) -> Iterator[str]:
        """See `artifacts.versions.names_of`."""
        return names_of(artifact)

    def is_there(self, file: str) -> bool:
        """Whether the file exists: a folder of a version is always whole."""
        return is_there(file)

    def fetch(self, folder: Path, *names: str) -> None:
        """Do nothing: they are here."""

    def wait_for(self, file: Path) -> None:
        """Look again: a shared folder may show late what another machine renamed."""
        end = time.monotonic() + _PATIENCE
        while not file.exists():
            if time.monotonic() > end:
                raise DatasetFileError(
                    f"{file} was saved, but this machine does not see it after "
                    f"{_PATIENCE} seconds: see that data_root is the same folder on "
                    "all machines, mounted so that changes are seen, and run again."
                )
            time.sleep(0.1)
            with suppress(OSError):  # makes a client of NFS ask its server
                os.listdir(file.parents[1])  # noqa: PTH208

    def twin_of(self, artifact: Path, sha256: str, size: int | None) -> Path | None:
        """Folder of the newest version with the same content."""
        for name in sorted(names_of(artifact), reverse=True):
            # Most of thousands of versions are told apart without being read.
            same_size = _size(f"{artifact}/{name}/{artifact.name}") == size
            if same_size and records(artifact / name / FILE_NAME, sha256):
                return artifact / name
        return None

    def publish(self, folder: Path, version: Path) -> None:
        """Rename the folder."""
        rename(folder, version)

    @contextmanager
    def structure(self, root: Path, *, lineages: bool) -> Iterator[Structure]:  # noqa: ARG002, they are here
        """The folder itself."""
        yield Structure(root)

    def remove(self, path: Path) -> None:
        """Hide it in one step, and remove what is hidden."""
        remove([path])

    def reserved(self, root: Path) -> list[str]:
        """The names of the files of runs that go on."""
        return [one.name for one in root.glob(".*.run") if CLAIM.fullmatch(one.name)]

    def reserve(self, place: Path) -> None:
        """Create the file."""
        place.touch(exist_ok=False)

    def release(self, place: Path) -> None:
        """Remove the file."""
        with suppress(OSError):
            place.unlink()


def _size(path: str) -> int | None:
    """Size of a regular file; None for all else. `Path` is slow for thousands."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None
