"""Images of one's own, from an npz file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from denoising_autoencoder.errors import ImageSourceError
from denoising_autoencoder.images import CHANNELS
from denoising_autoencoder.sources.npz_archive import read_arrays
from denoising_autoencoder.sources.raw_images import RawImages, one_photograph_each
from denoising_autoencoder.sources.request import Request
from denoising_autoencoder.validation import LONGEST_TITLE

_IMAGES = ("train_images", "test_images")
_PHOTOGRAPHS = ("train_photographs", "test_photographs")
_KEYS = (*_IMAGES, *_PHOTOGRAPHS, "name")
# So that the tenth that is split off for validation is at least one image.
_LEAST_IMAGES = {"train_images": 10, "test_images": 1}
# SSIM's window is 7 pixels wide, and networks halve the side.
_LEAST_SIDE = 8

_Arrays = Mapping[str, NDArray[Any]]


def read(request: Request) -> RawImages:
    """Read images from an npz file; no pickle in it is ever opened.

    The file holds `train_images` and `test_images`, uint8 of shape
    (n, height, width, 3), RGB, or (n, height, width, 1), grey, 0 to 255, all of one
    height and width. It may hold
    `train_photographs` and `test_photographs` (the photograph that each image is cut
    from: integers of shape (n,)) and `name` (text). No other array is opened.

    Args:
        request: The file, and a name that replaces the file's own.

    Returns:
        The images. Without photographs in the file, each image is its own. Without a
        name, they are called by the file's stem.

    Raises:
        ImageSourceError: If the file is missing, is not an npz file, or holds
            anything else in these arrays.
    """
    path = request.path
    assert path is not None, "the table of sources says that this one needs it"
    arrays = read_arrays(path, _KEYS, needed=_IMAGES)
    for key in _IMAGES:
        _check_images(path, key, arrays[key])
    train, test = (arrays[key] for key in _IMAGES)
    if train.shape[1:] != test.shape[1:]:
        raise ImageSourceError(
            f"{path} holds training images of {_size(train)} and test images of "
            f"{_size(test)} pixels (height x width x channels), which must be the same."
        )
    train_photographs, test_photographs = _photographs(path, arrays)
    return RawImages(
        name=request.name or _own_name(path, arrays) or path.stem,
        train_images=train,
        test_images=test,
        train_photographs=train_photographs,
        test_photographs=test_photographs,
    )


def _check_images(path: Path, key: str, images: NDArray[Any]) -> None:
    if images.dtype != np.uint8:
        raise ImageSourceError(
            f"{path} holds {key} as {images.dtype}, but images are uint8, 0 to 255: "
            "scale, round and convert them."
        )
    if images.ndim != 4 or images.shape[3] not in CHANNELS:
        raise ImageSourceError(
            f"{path} holds {key} of shape {images.shape}, but the shape is "
            f"(n, height, width, 3), or 1 for grey{_hint(key, images.shape)}."
        )
    if len(images) < _LEAST_IMAGES[key]:
        raise ImageSourceError(
            f"{path} holds {len(images)} {key}, but needs at least "
            f"{_LEAST_IMAGES[key]}."
        )
    if min(images.shape[1:3]) < _LEAST_SIDE:
        raise ImageSourceError(
            f"{path} holds {key} of {_size(images)} pixels (height x width x "
            f"channels), but each side has at least {_LEAST_SIDE}."
        )


def _hint(key: str, shape: tuple[int, ...]) -> str:
    """Say how images of another usual shape are made right."""
    if len(shape) == 3 and shape[2] > 4:
        return f": take {key}[..., None]"
    if len(shape) == 4 and shape[3] == 4:
        return f": leave the alpha channel out, {key}[..., :3]"
    if len(shape) == 4 and shape[1] in CHANNELS:
        return f": transpose {key} with (0, 2, 3, 1)"
    return ""


def _photographs(
    path: Path, arrays: _Arrays
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    counts = [len(arrays[key]) for key in _IMAGES]
    given = [key for key in _PHOTOGRAPHS if key in arrays]
    if not given:
        return one_photograph_each(*counts)
    if len(given) == 1:
        raise ImageSourceError(
            f"{path} holds only {given[0]}: give {' and '.join(_PHOTOGRAPHS)}, or "
            "neither."
        )
    for images, key, count in zip(_IMAGES, _PHOTOGRAPHS, counts, strict=True):
        ids = arrays[key]
        fit = ids.dtype.kind in "iu" and np.array_equal(ids, ids.astype(np.int32))
        if not fit or ids.shape != (count,):
            raise ImageSourceError(
                f"{path} holds {key} as {ids.dtype} of shape {ids.shape}, but they are "
                f"integers that fit into int32, one for each of {count} {images}."
            )
    train, test = (arrays[key].astype(np.int32) for key in _PHOTOGRAPHS)
    shared = np.intersect1d(train, test)
    if shared.size:
        raise ImageSourceError(
            f"{path} has images of photograph {shared[0]} for training and for "
            "testing: split them by photograph."
        )
    return train, test


def _own_name(path: Path, arrays: _Arrays) -> str | None:
    if "name" not in arrays:
        return None
    name = arrays["name"]
    text = _text(name)
    if text is None or not text.isprintable() or len(text) > LONGEST_TITLE:
        raise ImageSourceError(
            f"{path} holds name as {name.dtype} of shape {name.shape}, but it is one "
            f"line of visible characters, {LONGEST_TITLE} at most."
        )
    return text


def _text(array: NDArray[Any]) -> str | None:
    """The only text of an array, without blanks around it; None if there is none."""
    if array.dtype.kind != "U" or array.size != 1:
        return None
    try:
        return str(array.item()).strip()
    except (SystemError, ValueError):  # characters beyond Unicode
        return None


def _size(images: NDArray[Any]) -> str:
    return "x".join(map(str, images.shape[1:]))
