"""The sources of images by name.

A source is a module with `read(request)`, which takes a `Request` and returns
`RawImages`. A new source is its module and one line in `SOURCES`. The table names
modules by import path, so that a configuration is checked without importing them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from denoising_autoencoder.sources.raw_images import RawImages
    from denoising_autoencoder.sources.request import Request


@dataclass(frozen=True)
class Source:
    """A line of the table.

    Attributes:
        module: Import path of the module that reads the images.
        path: What images.path is for this source; None if it takes no path.
        cuts: Whether the source cuts pictures into images, as images.tile and the other
            parameters of `Cutting` say.
    """

    module: str
    path: str | None = None
    cuts: bool = False


SOURCES = {
    "cifar10": Source("denoising_autoencoder.sources.cifar10"),
    "sample": Source("denoising_autoencoder.sources.sample"),
    "npz": Source(
        "denoising_autoencoder.sources.npz",
        path="the .npz file or the folder of .npy files to read",
    ),
    "folder": Source(
        "denoising_autoencoder.sources.folder",
        path="the folder of pictures to read",
        cuts=True,
    ),
}

AUTO = "auto"
"""CIFAR-10 or the sample, whichever can be had."""


def reader_of(name: str) -> Callable[[Request], RawImages]:
    """Import a source and return its `read`."""
    read: Callable[[Request], RawImages] = import_module(SOURCES[name].module).read
    return read


def other_sources(name: str) -> str:
    """List the command line's ways to every source except one, for a message."""
    return " or ".join(
        f"--params=images.source={other}" + (",images.path=PATH" if source.path else "")
        for other, source in SOURCES.items()
        if other != name
    )
