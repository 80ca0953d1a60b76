"""What a source of images is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Archive:
    """A file that is on disk, or else is downloaded.

    Attributes:
        path: Place of the file, whether it is there or not.
        url: Address from which it is downloaded.
        sha256: Its hexadecimal SHA-256.
        size: Its size in bytes.
    """

    path: Path
    url: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Request:
    """What any source may need; each uses its part.

    Attributes:
        archive: CIFAR-10's archive.
        path: The file that images.path names, absolute.
        name: Name for the images, if the user gave one.
        seed: Seed of whatever the source draws.
    """

    archive: Archive
    path: Path | None = None
    name: str | None = None
    seed: int = 0
