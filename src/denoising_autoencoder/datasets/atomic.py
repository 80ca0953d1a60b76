"""A versioned file that is either whole or not there."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from kedro.io.core import (
    AbstractDataset,
    AbstractVersionedDataset,
    DatasetError,
    Version,
)

from denoising_autoencoder.artifacts.files import (
    Parts,
    flush,
    make_read_only,
    sha256,
    sha256_of,
    share,
    temporary_folder,
    write,
)
from denoising_autoencoder.artifacts.integrity import Verify, check_file
from denoising_autoencoder.artifacts.lineage import (
    FILE_NAME,
    Lineage,
    read_lineage,
)
from denoising_autoencoder.artifacts.stores import store_of
from denoising_autoencoder.compute.chunked import ChunkedArray
from denoising_autoencoder.datasets.one_file import OneFileDataset
from denoising_autoencoder.errors import DatasetFileError

_ADVICE = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "make room"),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "give access"),
    **dict.fromkeys(
        (errno.ENOTEMPTY, errno.EEXIST),
        "another run that began in the same millisecond has saved this version: wait "
        "for it",
    ),
    errno.EXDEV: "choose a data_root whose file system can rename folders,",
}


class AtomicDataset(AbstractVersionedDataset[Any, Any]):
    """Saves through any other dataset, atomically, into a version of its own.

    Kedro's datasets write straight to the final path: what a killed or failing save
    leaves there is the newest version from then on. This dataset fills a hidden folder
    with the file of the inner dataset and its `lineage.json`, flushes both to the disk,
    and renames the folder to the version. If an earlier version has the same bytes, the
    file becomes a hard link to it and takes no room. The bytes of a `OneFileDataset`
    are compared before anything is written, unless they are those of a `ChunkedArray`.
    Before a file is read, it is compared with its lineage.

    Args:
        filepath: Path of the artifact, or its address in a store; its versions are in a
            folder of that name.
        dataset: Configuration of the inner dataset: its `type`, and its arguments other
            than `filepath`.
        verify: How closely a file is compared with its lineage before it is read (see
            `artifacts.integrity.check_file`).
        version: Set by Kedro for an entry with `versioned: true`, which is required.
        metadata: `artifact` says of which `kind` and `lane` the dataset is, if it
            belongs to one; kedro-viz reads its own key.

    Attributes:
        made_by: Lineage that the next save writes into `lineage.json`; the save adds
            the SHA-256 of the file.
        saved_version: Version that this run has saved; None before the first save.
            `load` reads it from then on, even if another run saves a newer one.

    Example:
        ```yaml
        noise_spec:
          type: denoising_autoencoder.datasets.atomic.AtomicDataset
          filepath: data/05_model_input/noise_spec.json
          versioned: true
          dataset: {type: json.JSONDataset}
        ```
    """

    def __init__(
        self,
        *,
        filepath: str,
        dataset: dict[str, Any],
        version: Version,
        verify: Verify = "quick",
        metadata: dict[str, Any] | None = None,
    ) -> None:
        self._store = store_of(filepath)
        super().__init__(
            filepath=PurePosixPath(filepath),
            version=version,
            exists_function=self._store.is_there,
            glob_function=self._store.versions_in,
        )
        self._configuration = dataset
        self._verify = verify
        self.metadata = metadata
        self.made_by = Lineage()
        self.saved_version: str | None = None

    def load(self) -> Any:
        """Load the version asked for; the newest if none is.

        Raises:
            DatasetFileError: The file cannot be read, or is damaged.
            DatasetError: There is no such version.
        """
        path = self.path
        try:
            self._fetch(path)
            if path.exists():  # else the inner dataset's own error
                self._check(path)
            with self._store.in_its_words():
                return self._inner(path).load()
        except (OSError, DatasetError) as error:
            cause = error if isinstance(error, OSError) else error.__cause__
            if isinstance(cause, OSError) and path.exists():
                raise self._unreadable(path, cause) from error
            # The reader of JSON raises it for invalid text.
            if isinstance(cause, ValueError):
                raise DatasetFileError(
                    f"{self._store.shown(path)} is damaged: delete the folder of this "
                    "version, and run again what makes it."
                ) from error
            raise

    def check(self) -> None:
        """Compare the file that `load` reads with its lineage.

        Raises:
            DatasetFileError: The file is damaged or cannot be read, or its lineage.
        """
        path = self.path
        self._fetch(path)
        self._check(path)

    def _check(self, path: Path) -> None:
        try:
            with self._store.in_its_words():
                check_file(path, _recorded(path), self._verify)
        except OSError as error:
            raise self._unreadable(path, error) from error

    def _wait_for(self, path: Path) -> None:
        """Wait for a version that this run has saved, maybe on another machine."""
        if self.saved_version == path.parent.name:
            self._store.wait_for(path)

    def _fetch(self, path: Path) -> None:
        """Bring a version's file here, with all that it is compared with."""
        self._wait_for(path)
        self._store.fetch(path.parent, path.name)
        if self._verify == "full":
            with self._store.in_its_words():
                others = _recorded(path).other_forms
            self._store.fetch(path.parent, *others)

    def save(self, data: Any) -> None:
        """Save a new version, whole or not at all.

        Raises:
            DatasetFileError: The disk is full, the folder cannot be written, or the
                version exists already.
            DatasetError: The inner dataset failed.
        """
        target = self._file(self.resolve_save_version() or "")
        try:
            self._write(data, target)
        except (OSError, DatasetError) as error:
            # The inner dataset's own DatasetError has the operating system's as cause.
            cause = error if isinstance(error, OSError) else error.__cause__
            if not isinstance(cause, OSError):
                raise
            advice = _ADVICE.get(cause.errno or 0, "check that folder")
            raise DatasetFileError(
                f"{self._store.shown(target)} cannot be written "
                f"({cause.strerror or cause}): {advice} and run again; what was saved "
                "before is whole."
            ) from error

    def _write(self, data: Any, target: Path) -> None:
        versions = target.parent.parent
        # Hidden, so that neither Kedro nor a person takes it for a version.
        with temporary_folder(versions) as temporary:
            made_by = self._fill(temporary / target.name, data)
            lineage = temporary / FILE_NAME
            lineage.write_text(made_by.to_json())
            flush(lineage)
            flush(temporary)
            self._store.publish(temporary, target.parent)
            self.saved_version = target.parent.name
            flush(versions)

    def _fill(self, target: Path, data: Any) -> Lineage:
        """Write the file and its other forms, and give the lineage of the version."""
        contents = self._contents(data, target)
        made_by = self._with_hashes(contents, target.name)
        twin = self._store.twin_of(target.parent.parent, made_by.sha256, made_by.size)
        for name, content in contents.items():
            file = target.with_name(name)
            if twin is None or not share(file, twin / name, content):
                if not file.exists():
                    write(file, content)
                flush(file)
                make_read_only(file)
        return made_by

    def _contents(self, data: Any, file: Path) -> dict[str, Parts]:
        """The bytes of the file and of its other forms, by name."""
        inner = self._inner(file)
        if isinstance(data, ChunkedArray):
            inner.save(data)  # computed once, and never all in memory
            return {file.name: [np.memmap(file, np.uint8, "r").data]}
        if isinstance(inner, OneFileDataset):
            others = {
                file.with_suffix(suffix).name: content
                for suffix, content in inner.other_forms(data).items()
            }
            return {file.name: inner.content(data), **others}
        inner.save(data)  # Kedro's datasets give their bytes in no other way
        return {file.name: [file.read_bytes()]}

    def _with_hashes(self, contents: Mapping[str, Parts], name: str) -> Lineage:
        """The lineage of the next version.

        Args:
            contents: Bytes of each of its files, by name.
            name: Name of the file that is read.
        """
        hashes = {name: sha256_of(content) for name, content in contents.items()}
        return replace(
            self.made_by,
            sha256=hashes.pop(name),
            size=sum(len(part) for part in contents[name]),
            other_forms=hashes,
        )

    def resolve_load_version(self) -> str | None:
        """Version that `load` reads: asked for, else saved by itself, else newest."""
        if self.saved_version is not None and not self.asked_version:
            return self.saved_version
        return super().resolve_load_version()

    def pin(self, version: str) -> None:
        """Let `load` read a version from now on.

        Args:
            version: Version that exists.
        """
        saved = self._version.save if self._version else None
        self._version = Version(version, saved)

    @property
    def asked_version(self) -> str | None:
        """Version that `load` was told to read; None for the newest."""
        return self._version.load if self._version else None

    @property
    def path(self) -> Path:
        """The file that `load` reads; of a store, the copy that `load` makes.

        Raises:
            DatasetFileError: The versions cannot be listed.
            DatasetError: There is no version.
        """
        try:
            return self._store.here(self._get_load_path())
        except (OSError, DatasetError) as error:
            cause = error if isinstance(error, OSError) else error.__cause__
            if isinstance(cause, OSError):
                file = Path(cause.filename or self._store.here(self._filepath))
                raise self._unreadable(file, cause) from error
            if isinstance(cause, DatasetFileError):  # of a store that does not answer
                raise cause from error
            raise

    @property
    def filepath(self) -> str:
        """The file that `load` reads, or the folder of the versions if there is none.

        kedro-viz shows the size of what it finds there, without the store's answer.
        """
        return str(self.path if self._exists() else self._store.here(self._filepath))

    @property
    def place(self) -> str:
        """Path or address of the file that `load` reads, for people."""
        return self._store.shown(self.path)

    @property
    def suffix(self) -> str:
        """The suffix of the file in each version."""
        return self._filepath.suffix

    def discard(self, version: str) -> None:
        """Remove a version, in one step, if it exists.

        Raises:
            OSError: It cannot be removed, and is whole.
            DatasetFileError: The store cannot be written.
        """
        if self.has(version):
            self._store.remove(self._file(version).parent)

    def has(self, version: str) -> bool:
        """Whether a version exists."""
        return self._store.is_there(str(self._file(version)))

    def lineage(self, version: str | None = None) -> Lineage:
        """What made a version.

        Args:
            version: Version that exists; the one that `load` reads if omitted.

        Returns:
            What `lineage.json` says. The SHA-256 is that of the file itself if none is
            recorded, as for a file that was put in its place by hand, and if changed
            files are accepted.

        Raises:
            DatasetFileError: `lineage.json` is damaged.
        """
        path = self._file(version) if version else self.path
        self._wait_for(path)
        self._store.fetch(path.parent)
        with self._store.in_its_words():
            recorded = _recorded(path)
        if recorded.sha256 and self._verify != "skip":
            return recorded
        self._store.fetch(path.parent, path.name)
        return replace(recorded, sha256=sha256(path))

    @property
    def preview(self) -> Any:
        """The inner dataset's preview of the newest version, if it has one.

        kedro-viz reads the kind of preview from the return annotation of this method.
        """
        try:
            path = self.path
            self._fetch(path)
            self._check(path)
            return self._inner(path).preview  # type: ignore[attr-defined]
        except (DatasetError, OSError, DatasetFileError) as error:  # nothing to show
            raise AttributeError(str(error)) from error

    def _file(self, version: str) -> Path:
        """The file of a version."""
        return self._store.here(self._get_versioned_path(version))

    def _unreadable(self, path: Path, error: OSError) -> DatasetFileError:
        return DatasetFileError(
            f"{self._store.shown(path)} cannot be read ({error.strerror or error}): "
            "give access to it."
        )

    def _inner(self, path: PurePosixPath | Path) -> AbstractDataset[Any, Any]:
        return AbstractDataset.from_config(
            "inner", {**self._configuration, "filepath": str(path)}
        )

    def _exists(self) -> bool:
        try:
            path = self.path
        except DatasetError:
            return False
        try:
            return self._store.is_there(str(path))
        except OSError as error:
            raise self._unreadable(Path(error.filename or path), error) from error

    def _describe(self) -> dict[str, Any]:
        return {
            "filepath": self._filepath,
            "dataset": self._configuration["type"],
            "version": self._version,
        }


def _recorded(path: Path) -> Lineage:
    """What is recorded next to a file."""
    return read_lineage(path.with_name(FILE_NAME))
