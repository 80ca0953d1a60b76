"""Images of one's own, from an npz file or a folder of npy files."""

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
_LABELS = ("train_labels", "test_labels")
_KEYS = (*_IMAGES, *_PHOTOGRAPHS, *_LABELS, "name")
# So that the tenth that is split off for validation is at least one image.
_LEAST_IMAGES = {"train_images": 10, "test_images": 1}
# SSIM's window is 7 pixels wide, and networks halve the side.
_LEAST_SIDE = 8

_Arrays = Mapping[str, NDArray[Any]]


def read(request: Request) -> RawImages:
    """Read images from an npz file, or map npy files; no pickle is ever opened.

    The file holds `train_images` and `test_images`, uint8 of shape
    (n, height, width, 3), RGB, or (n, height, width, 1), grey, 0 to 255, all of one
    height and width. It may hold
    `train_photographs` and `test_photographs` (the photograph that each image is cut
    from: integers of shape (n,)), `train_labels` and `test_labels` (what each image
    shows: integers from 0, of shape (n,) or (n, 1)) and `name` (text). No other array
    is opened. A folder holds each of them in a file, such as `train_images.npy`; its
    images may be larger than the memory.

    Args:
        request: The file or folder, and a name that replaces its own.

    Returns:
        The images; those of a folder are mapped. Without photographs, each image is
        its own. Without labels, there are none. Without a name, the images are called
        by the stem of the file or folder.

    Raises:
        ImageSourceError: If the file or folder is missing, is not an npz file, or
            holds anything else in these arrays.
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
    train_labels, test_labels = _labels(path, arrays)
    return RawImages(
        name=request.name or _own_name(path, arrays) or path.stem,
        train_images=train,
        test_images=test,
        train_photographs=train_photographs,
        test_photographs=test_photographs,
        train_labels=train_labels,
        test_labels=test_labels,
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
    if not _both_given(path, arrays, _PHOTOGRAPHS):
        return one_photograph_each(*(len(arrays[key]) for key in _IMAGES))
    train, test = (
        _integers(path, key, arrays[key], images, len(arrays[images]))
        for key, images in zip(_PHOTOGRAPHS, _IMAGES, strict=True)
    )
    shared = np.intersect1d(train, test)
    if shared.size:
        raise ImageSourceError(
            f"{path} has images of photograph {shared[0]} for training and for "
            "testing: split them by photograph."
        )
    return train, test


def _labels(path: Path, arrays: _Arrays) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    if not _both_given(path, arrays, _LABELS):
        return np.empty(0, np.int32), np.empty(0, np.int32)
    train, test = (
        # Some collections have a column, as for several labels of an image.
        _integers(path, key, _column(arrays[key]), images, len(arrays[images]))
        for key, images in zip(_LABELS, _IMAGES, strict=True)
    )
    for key, labels in zip(_LABELS, (train, test), strict=True):
        if labels.min() < 0:
            raise ImageSourceError(
                f"{path} holds {key} with {labels.min()}, but labels are integers from "
                "0: number them so, or leave them out."
            )
    return train, test


def _both_given(path: Path, arrays: _Arrays, keys: tuple[str, str]) -> bool:
    given = [key for key in keys if key in arrays]
    if len(given) == 1:
        raise ImageSourceError(
            f"{path} holds only {given[0]}: give {' and '.join(keys)}, or neither."
        )
    return bool(given)


def _column(array: NDArray[Any]) -> NDArray[Any]:
    """An array of shape (n, 1) as one of shape (n,); others as they are."""
    return array[:, 0] if array.shape[1:] == (1,) else array


def _integers(
    path: Path, key: str, array: NDArray[Any], images: str, count: int
) -> NDArray[np.int32]:
    """An array that has an integer for each image, as int32."""
    fit = array.dtype.kind in "iu" and np.array_equal(array, array.astype(np.int32))
    if not fit or array.shape != (count,):
        raise ImageSourceError(
            f"{path} holds {key} as {array.dtype} of shape {array.shape}, but they are "
            f"integers that fit into int32, one for each of {count} {images}."
        )
    return array.astype(np.int32)


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
