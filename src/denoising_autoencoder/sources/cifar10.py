"""CIFAR-10, from its authors' archive."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
import warnings
import zlib
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from denoising_autoencoder.artifacts.files import temporary_folder
from denoising_autoencoder.errors import ImageSourceError
from denoising_autoencoder.sources.download import download
from denoising_autoencoder.sources.raw_images import RawImages, one_photograph_each
from denoising_autoencoder.sources.request import Archive, Request

_FOLDER = "cifar-10-batches-py"
# What unpacking and torchvision's check raise for any other archive.
_NOT_CIFAR10 = (
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    EOFError,
    OverflowError,
    RuntimeError,
    ValueError,
)


def read(request: Request) -> RawImages:
    """Read CIFAR-10, downloading its archive first if it isn't on disk.

    Args:
        request: Its archive. The archive holds pickles, which can run anything, so
            nothing of it is opened before its SHA-256 is checked.

    Returns:
        50,000 training and 10,000 test images of 32x32 pixels, with labels from 0 to 9.

    Raises:
        ImageSourceError: If the archive cannot be downloaded, is not the expected one
            or cannot be unpacked.
    """
    while not _is_there(request.archive):
        download(request.archive)
    train, test = _unpack(request.archive.path)
    train_photographs, test_photographs = one_photograph_each(
        len(train.images), len(test.images)
    )
    return RawImages(
        name="CIFAR-10",
        train_images=train.images,
        test_images=test.images,
        train_photographs=train_photographs,
        test_photographs=test_photographs,
        train_labels=train.labels,
        test_labels=test.labels,
    )


def _is_there(archive: Archive) -> bool:
    """Say whether the archive is on disk, and refuse any other file in its place."""
    try:
        with archive.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise ImageSourceError(
            f"{archive.path} cannot be read ({error.strerror}): give access to it, or "
            "put a good one in its place."
        ) from error
    if digest != archive.sha256:
        raise ImageSourceError(
            f"{archive.path} is not the CIFAR-10 archive or is truncated (its SHA-256 "
            f"is {digest}): delete it and run again, or put a good one in its place."
        )
    return True


class _Part(NamedTuple):
    images: NDArray[np.uint8]
    labels: NDArray[np.int32]


def _unpack(path: Path) -> tuple[_Part, _Part]:
    """Unpack the archive into a temporary folder and read both parts."""
    try:
        # Beside the archive, where 180 MB surely fit: /tmp is often in memory.
        with temporary_folder(path.parent) as root:
            with tarfile.open(path, "r:gz") as tar:
                tar.extractall(root, filter=_only_batches)
            return _read_batches(root, train=True), _read_batches(root, train=False)
    except _NOT_CIFAR10 as error:
        raise ImageSourceError(
            f"{path} has the SHA-256 of the catalog, but does not hold CIFAR-10's "
            "batches as torchvision knows them: restore url, sha256 and size of "
            "image_source in the catalog, delete the archive and run again."
        ) from error
    except OSError as error:
        raise ImageSourceError(
            f"{path} cannot be unpacked into its folder "
            f"({error.strerror or error}): make room or give access and run again."
        ) from error


def _only_batches(member: tarfile.TarInfo, root: str) -> tarfile.TarInfo | None:
    """Refuse everything except the files of the batches' folder.

    No link is ever made: chains of them have more than once led Python's own filter
    out of the folder.

    Raises:
        FilterError: If the member is a link or a device, lies elsewhere, or has a
            negative size.
    """
    folder, *names = PurePosixPath(member.name).parts or ("",)
    expected = member.isreg() if len(names) == 1 else member.isdir() and not names
    if folder != _FOLDER or not expected or member.size < 0:
        raise tarfile.FilterError(f"{member.name} is not one of CIFAR-10's files.")
    return tarfile.data_filter(member, root)


def _read_batches(root: Path, *, train: bool) -> _Part:
    from torchvision.datasets import CIFAR10

    with warnings.catch_warnings():
        # The batches were pickled by Python 2, whose NumPy wrote align as an integer:
        # NumPy 2.4.0 to 2.4.4 warn of that, and a user can do nothing about it.
        warnings.filterwarnings("ignore", message=r"dtype\(\): align should be passed")
        batches = CIFAR10(root=root, train=train, download=False)
    # torchvision gives a transposed view of NCHW; later readers want NHWC in order.
    images = np.ascontiguousarray(batches.data)
    return _Part(images, np.array(batches.targets, np.int32))
