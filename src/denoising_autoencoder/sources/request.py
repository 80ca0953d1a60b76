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
class Cutting:
    """How pictures become images of one size, for a source that reads pictures.

    Attributes:
        tile: Side of an image in pixels.
        stride: Distance of two images in pixels, down and across; None for the side of
            one.
        reduce: Pixels, down and across, that are averaged into one before the cut.
        test_share: Share of the pictures that are drawn for test, if no folders say
            which are.
        on_error: What to do with pictures that cannot be used: "skip" or "raise".
    """

    tile: int = 64
    stride: int | None = None
    reduce: int = 1
    test_share: float = 0.1
    on_error: str = "skip"

    @property
    def step(self) -> int:
        """Distance of two images in pixels."""
        return self.stride or self.tile


@dataclass(frozen=True)
class Request:
    """What any source may need; each uses its part.

    Attributes:
        archive: CIFAR-10's archive.
        path: The file or folder that images.path names, absolute.
        name: Name for the images, if the user gave one.
        seed: Seed of whatever the source draws.
        cutting: How pictures are cut.
    """

    archive: Archive
    path: Path | None = None
    name: str | None = None
    seed: int = 0
    cutting: Cutting = Cutting()
