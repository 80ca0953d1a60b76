"""A versioned file that is either whole or not there."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from kedro.io.core import (
    AbstractDataset,
    AbstractVersionedDataset,
    DatasetError,
    Version,
)

from denoising_autoencoder.artifacts.files import (
    Parts,
    flush,
    is_there,
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
    records,
)
from denoising_autoencoder.artifacts.prune import remove
from denoising_autoencoder.artifacts.versions import names_of
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
}


class AtomicDataset(AbstractVersionedDataset[Any, Any]):
    """Saves through any other dataset, atomically, into a version of its own.

    Kedro's datasets write straight to the final path: what a killed or failing save
    leaves there is the newest version from then on. This dataset fills a hidden folder
    with the file of the inner dataset and its `lineage.json`, flushes both to the disk,
    and renames the folder to the version. If an earlier version has the same bytes, the
    file becomes a hard link to it and takes no room. The bytes are compared in memory;
    those of a `OneFileDataset` before anything is written. Before a file is read, it is
    compared with its lineage. Local files only.

    Args:
        filepath: Path of the artifact; its versions are in a folder of that name.
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
        super().__init__(
            filepath=PurePosixPath(filepath),
            version=version,
            exists_function=is_there,
            glob_function=versions_in,
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
            if path.exists():  # else the inner dataset's own error
                self.check()
            return self._inner(path).load()
        except (OSError, DatasetError) as error:
            cause = error if isinstance(error, OSError) else error.__cause__
            if isinstance(cause, OSError) and path.exists():
                raise _unreadable(path, cause) from error
            # The reader of JSON raises it for invalid text.
            if isinstance(cause, ValueError):
                raise DatasetFileError(
                    f"{path} is damaged: delete the folder of this version, and run "
                    "again what makes it."
                ) from error
            raise

    def check(self) -> None:
        """Compare the file that `load` reads with its lineage.

        Raises:
            DatasetFileError: The file is damaged or cannot be read, or its lineage.
        """
        path = self.path
        try:
            check_file(path, _recorded(path), self._verify)
        except OSError as error:
            raise _unreadable(path, error) from error

    def save(self, data: Any) -> None:
        """Save a new version, whole or not at all.

        Raises:
            DatasetFileError: The disk is full, the folder cannot be written, or the
                version exists already.
            DatasetError: The inner dataset failed.
        """
        target = Path(self._get_versioned_path(self.resolve_save_version() or ""))
        try:
            self._write(data, target)
        except (OSError, DatasetError) as error:
            # The inner dataset's own DatasetError has the operating system's as cause.
            cause = error if isinstance(error, OSError) else error.__cause__
            if not isinstance(cause, OSError):
                raise
            advice = _ADVICE.get(cause.errno or 0, "check that folder")
            raise DatasetFileError(
                f"{target} cannot be written ({cause.strerror or cause}): {advice} and "
                "run again; what was saved before is whole."
            ) from error

    def _write(self, data: Any, target: Path) -> None:
        versions = target.parent.parent
        # Hidden, so that neither Kedro nor a person takes it for a version.
        with temporary_folder(versions) as temporary:
            contents = self._contents(data, temporary / target.name)
            made_by = self._with_hashes(contents, target.name)
            twin = self._twin_of(made_by)
            for name, content in contents.items():
                file = temporary / name
                if twin is None or not share(file, twin / name, content):
                    if not file.exists():
                        write(file, content)
                    flush(file)
                    make_read_only(file)
            lineage = temporary / FILE_NAME
            lineage.write_text(made_by.to_json())
            flush(lineage)
            flush(temporary)
            temporary.rename(target.parent)
            self.saved_version = target.parent.name
            flush(versions)

    def _contents(self, data: Any, file: Path) -> dict[str, Parts]:
        """The bytes of the file and of its other forms, by name."""
        inner = self._inner(file)
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

    def _twin_of(self, made_by: Lineage) -> Path | None:
        """Folder of the newest version with the same content."""
        artifact = Path(self._filepath)
        for name in sorted(names_of(artifact), reverse=True):
            # Most of thousands of versions are told apart without being read.
            same_size = _size(f"{artifact}/{name}/{artifact.name}") == made_by.size
            if same_size and records(artifact / name / FILE_NAME, made_by.sha256):
                return artifact / name
        return None

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
        """The file that `load` reads."""
        return Path(self._get_load_path())

    @property
    def filepath(self) -> str:
        """The file that `load` reads, or the folder of the versions if there is none.

        kedro-viz shows the size of what it finds there.
        """
        return str(self.path if self._exists() else self._filepath)

    def discard(self, version: str) -> None:
        """Remove a version, in one step, if it exists."""
        if self.has(version):
            remove([Path(self._get_versioned_path(version)).parent])

    def has(self, version: str) -> bool:
        """Whether a version exists."""
        return Path(self._get_versioned_path(version)).exists()

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
        path = Path(self._get_versioned_path(version)) if version else self.path
        recorded = _recorded(path)
        if recorded.sha256 and self._verify != "skip":
            return recorded
        return replace(recorded, sha256=sha256(path))

    @property
    def preview(self) -> Any:
        """The inner dataset's preview of the newest version, if it has one.

        kedro-viz reads the kind of preview from the return annotation of this method.
        """
        try:
            self.check()
            return self._inner(self.path).preview  # type: ignore[attr-defined]
        except (DatasetError, OSError, DatasetFileError) as error:  # nothing to show
            raise AttributeError(str(error)) from error

    def _inner(self, path: PurePosixPath | Path) -> AbstractDataset[Any, Any]:
        return AbstractDataset.from_config(
            "inner", {**self._configuration, "filepath": str(path)}
        )

    def _exists(self) -> bool:
        try:
            return self.path.exists()
        except (OSError, DatasetError) as error:
            cause = error if isinstance(error, OSError) else error.__cause__
            if isinstance(cause, OSError):
                raise _unreadable(
                    Path(cause.filename or self._filepath), cause
                ) from error
            return False

    def _describe(self) -> dict[str, Any]:
        return {
            "filepath": self._filepath,
            "dataset": self._configuration["type"],
            "version": self._version,
        }


def _size(path: str) -> int | None:
    """Bytes of a file; None if it is gone, or is a link or anything else."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _unreadable(path: Path, error: OSError) -> DatasetFileError:
    return DatasetFileError(
        f"{path} cannot be read ({error.strerror or error}): give access to it."
    )


def _recorded(path: Path) -> Lineage:
    """What is recorded next to a file."""
    return read_lineage(path.with_name(FILE_NAME))


def versions_in(pattern: str) -> list[str]:
    """Paths of the file in every version; Kedro leaves out those that do not exist.

    Only the version's part of Kedro's pattern is a wildcard: a project's folder may
    hold characters that have a meaning in patterns.

    Args:
        pattern: Path of a version's file with `*` for the version.

    Raises:
        OSError: The folder of the versions cannot be read.
    """
    path = Path(pattern)
    artifact = path.parent.parent
    return [
        f"{artifact}{os.sep}{name}{os.sep}{path.name}" for name in names_of(artifact)
    ]
