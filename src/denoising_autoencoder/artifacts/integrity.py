"""Whether a file still holds what was saved: its bytes against its lineage."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Literal

from denoising_autoencoder.artifacts.files import sha256
from denoising_autoencoder.artifacts.lineage import Lineage
from denoising_autoencoder.errors import DatasetFileError

Verify = Literal["quick", "full", "skip"]
"""How closely files are looked at before they are read."""

_QUICK = 16 * 2**20
"""Bytes up to which hashing a file takes some hundredths of a second."""


def check_file(path: Path, recorded: Lineage, verify: Verify) -> None:
    """Refuse a file that is not what was saved.

    Args:
        path: File to check.
        recorded: Lineage of the file. What it does not record is not compared: earlier
            releases recorded no size, and a file that was put there by hand has no
            lineage.
        verify: "quick": files of up to 16 MB by their SHA-256, larger ones by their
            size. "full": every file, and its other forms, by its SHA-256. "skip": any
            file is accepted.

    Raises:
        DatasetFileError: The file differs from what was saved, or is not a file.
        OSError: The file cannot be read.
    """
    status = path.stat()
    # A pipe or a device would be read without an end.
    if not stat.S_ISREG(status.st_mode):
        raise DatasetFileError(
            f"{path} is not a file: delete the folder of this version, and run again "
            "what makes it."
        )
    if verify == "skip" or not recorded.sha256:
        return
    files = {path: recorded.sha256}
    if verify == "full":
        files |= {path.with_name(k): v for k, v in recorded.other_forms.items()}
    elif status.st_size > _QUICK:
        files = {}
    same_size = recorded.size in (None, status.st_size)
    damaged = [path] if not same_size else [p for p, v in files.items() if _lacks(p, v)]
    if damaged:
        maker = f" ({recorded.node})" if recorded.node else ""
        raise DatasetFileError(
            f"{damaged[0]} is damaged, since it does not hold what was saved: delete "
            f"the folder of this version, and run again what makes it{maker}; or, if "
            "it was changed on purpose, accept it with --params=verify=skip."
        )


def _lacks(path: Path, content: str) -> bool:
    """Whether a file has another SHA-256, does not exist, or is not a file."""
    return not path.is_file() or sha256(path) != content
