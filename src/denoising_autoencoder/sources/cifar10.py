"""CIFAR-10, from its authors' archive."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
import tempfile
import warnings
import zlib
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from denoising_autoencoder.errors import ImageSourceError
from denoising_autoencoder.sources.download import download
from denoising_autoencoder.sources.raw_images import RawImages, one_photograph_each

_FOLDER = "cifar-10-batches-py"
# What unpacking and torchvision's check raise for an archive of something else.
_NOT_CIFAR10 = (
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    EOFError,
    OverflowError,
    RuntimeError,
    ValueError,
)


def read_cifar10(archive: Path, url: str, sha256: str) -> RawImages:
    """Read CIFAR-10, downloading its archive first where it isn't on disk.

    Args:
        archive: Where cifar-10-python.tar.gz is, or will be put.
        url: Where it is downloaded from.
        sha256: Its hexadecimal SHA-256. The archive holds pickles, which can run
            anything, so nothing of it is opened before this is checked.

    Returns:
        The 50,000 training and 10,000 test images of 32x32 pixels.

    Raises:
        ImageSourceError: If the archive cannot be downloaded, is not the expected one
            or cannot be unpacked.
    """
    if not _is_there(archive, sha256):
        download(url, archive, sha256)
    train_images, test_images = _read_archive(archive)
    train_photographs, test_photographs = one_photograph_each(
        len(train_images), len(test_images)
    )
    return RawImages(
        name="CIFAR-10",
        train_images=train_images,
        test_images=test_images,
        train_photographs=train_photographs,
        test_photographs=test_photographs,
    )


def _is_there(archive: Path, sha256: str) -> bool:
    """Say whether there is an archive, and refuse one that is not the expected one."""
    try:
        with archive.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise ImageSourceError(
            f"{archive} cannot be read ({error.strerror}): give access to it, or put "
            "a good one in its place."
        ) from error
    if digest != sha256:
        raise ImageSourceError(
            f"{archive} is not the CIFAR-10 archive or is truncated (its SHA-256 is "
            f"{digest}): delete it and run again, or put a good one in its place."
        )
    return True


def _read_archive(archive: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Unpack the archive into a temporary folder and read both sets of images."""
    try:
        # Beside the archive, where its 180 MB surely fit: /tmp is often in memory.
        with tempfile.TemporaryDirectory(dir=archive.parent, prefix=".cifar-") as root:
            with tarfile.open(archive, "r:gz") as tar:
                tar.extractall(root, filter=_only_batches)
            return _read_images(root, train=True), _read_images(root, train=False)
    except _NOT_CIFAR10 as error:
        raise ImageSourceError(
            f"{archive} has the SHA-256 of the catalog, but does not hold CIFAR-10's "
            "batches as torchvision knows them: restore url and sha256 of image_source "
            "in the catalog, delete the archive and run again."
        ) from error
    except OSError as error:
        raise ImageSourceError(
            f"{archive} cannot be unpacked into its folder "
            f"({error.strerror or error}): make room or give access and run again."
        ) from error


def _only_batches(member: tarfile.TarInfo, root: str) -> tarfile.TarInfo | None:
    """Refuse what is no file of the folder of the batches.

    So no link is ever made: Python's own filter has more than once been led out of the
    folder through chains of them.

    Raises:
        FilterError: It is a link, a device, or elsewhere, or its size leads backwards.
    """
    folder, *names = PurePosixPath(member.name).parts or ("",)
    expected = member.isreg() if len(names) == 1 else member.isdir() and not names
    if folder != _FOLDER or not expected or member.size < 0:
        raise tarfile.FilterError(f"{member.name} is none of CIFAR-10's files.")
    return tarfile.data_filter(member, root)


def _read_images(root: str, *, train: bool) -> NDArray[np.uint8]:
    from torchvision.datasets import CIFAR10

    with warnings.catch_warnings():
        # The batches were pickled by Python 2, whose NumPy wrote align as an integer:
        # NumPy 2.4.0 to 2.4.4 warn of that, and a user can do nothing about it.
        warnings.filterwarnings("ignore", message=r"dtype\(\): align should be passed")
        images = CIFAR10(root=root, train=train, download=False).data
    # torchvision transposes a view of NCHW; whatever reads it next wants NHWC in order.
    return np.ascontiguousarray(images)
