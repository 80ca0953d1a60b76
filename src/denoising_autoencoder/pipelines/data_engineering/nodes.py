"""Download, split, normalize, noise.

The images may be larger than the memory: each array of them is computed while it is
saved, some images at a time (`ChunkedArray`).
"""

from __future__ import annotations

import logging
import math
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from denoising_autoencoder.compute.chunked import ChunkedArray
from denoising_autoencoder.compute.parts import for_each_part
from denoising_autoencoder.errors import ImageSourceError
from denoising_autoencoder.images import Float16Images, UInt8Images, normalize
from denoising_autoencoder.noise.clean import Clean
from denoising_autoencoder.noise.draw import TEST_STREAM, VALIDATION_STREAM, add_noise
from denoising_autoencoder.noise.table import read_noise
from denoising_autoencoder.parameters.data_engineering import (
    ImagesParameters,
    SplitParameters,
)
from denoising_autoencoder.sources.choice import ImageSource
from denoising_autoencoder.sources.request import Cutting

logger = logging.getLogger(__name__)

Photographs = npt.NDArray[np.int32]
Labels = npt.NDArray[np.int32]
Indices = npt.NDArray[np.int64]

_VALUES = 2**20
"""Number of values that one thread normalizes at once."""


def download_images(
    source: ImageSource, parameters: ImagesParameters, seed: int
) -> tuple[
    UInt8Images, UInt8Images, Photographs, Photographs, Labels, Labels, dict[str, Any]
]:
    """Read the training and the test images from the chosen source.

    Args:
        source: The sources that images can be read from.
        parameters: Choice of the source.
        seed: Seed of whatever the source draws.

    Returns:
        Training images and test images (uint8, NHWC); the photograph that each training
        and each test image is cut from; the label of each training and each test image
        (int32, (n,), empty without labels); and `name` of the images, `training_only`
        (the photographs that must not be used for validation), `n_test_in_training`
        (the number of test images that are training images too), and of a folder
        `files` (name, SHA-256 and photograph of each picture) and `skipped` (a sentence
        for each picture that was left out).

    Raises:
        ImageSourceError: The images cannot be read, or test images are training images
            too and `on_leak` is "raise".
    """
    raw = source.read(
        parameters.source,
        parameters.path,
        parameters.name,
        seed,
        Cutting(**parameters.cutting),
        parameters.channels,
    )
    logger.info(
        "Images: %s, %d for training and validation, %d for test",
        raw.name,
        len(raw.train_images),
        len(raw.test_images),
    )
    leaked = raw.count_test_in_training()
    if leaked:
        _report_leak(f"{leaked:,} of {len(raw.test_images):,}", parameters.on_leak)
    info = {
        "name": raw.name,
        "n_test_in_training": leaked,
        "training_only": list(raw.training_only),
        "files": [asdict(file) for file in raw.files],
        "skipped": list(raw.skipped),
    }
    return (
        raw.train_images,
        raw.test_images,
        raw.train_photographs,
        raw.test_photographs,
        raw.train_labels,
        raw.test_labels,
        info,
    )


def _report_leak(how_many: str, on_leak: str) -> None:
    found = f"{how_many} test images are training images too"
    if on_leak == "raise":
        raise ImageSourceError(
            f"{found}, which images.on_leak=raise refuses: take them out of one part, "
            "or set images.on_leak=warn."
        )
    logger.warning("%s: scores are better than on new images.", found)


def split_images(
    photographs: Photographs,
    info: dict[str, Any],
    parameters: SplitParameters,
    seed: int,
) -> tuple[Indices, Indices]:
    """Hold out a share of the training images for validation, by whole photographs.

    Photographs are taken in random order until their images reach the share, or until
    none is left that may be used. If every image is a photograph of its own, this is a
    plain random split.

    Args:
        photographs: (n,) photograph that each training image is cut from.
        info: `training_only` lists the photographs that must not be used for
            validation.
        parameters: Share of the images.
        seed: Seed of the order.

    Returns:
        Sorted indices of the images for training and for validation. They are disjoint,
        make up all images, and neither is empty.

    Raises:
        ImageSourceError: There are fewer than two photographs, one for each side.
    """
    names, which, sizes = np.unique(
        photographs, return_inverse=True, return_counts=True
    )
    eligible = np.flatnonzero(~np.isin(names, info["training_only"]))
    order = np.random.default_rng(seed).permutation(eligible)
    wanted = parameters.validation_fraction * len(photographs)
    reached = np.cumsum(sizes[order])
    # The first photographs whose images reach the share, but never all photographs.
    taken = order[: np.searchsorted(reached, wanted) + 1][: len(names) - 1]
    if not len(taken):
        raise ImageSourceError(
            "The training images cannot be split: hold-out takes whole photographs, so "
            "there must be at least two, one of which may be used for validation."
        )
    held_out = np.isin(which, taken)
    return np.flatnonzero(~held_out), np.flatnonzero(held_out)


def normalize_images(
    train_images: UInt8Images,
    test_images: UInt8Images,
    train_indices: Indices,
    validation_indices: Indices,
) -> tuple[ChunkedArray, ChunkedArray, ChunkedArray, dict[str, Any]]:
    """Map the images of each split to [-1, 1].

    Args:
        train_images: Images for training and validation: uint8, NHWC.
        test_images: uint8, NHWC.
        train_indices: Indices of the images for training.
        validation_indices: Indices of the images for validation.

    Returns:
        Training, validation and test images (float16, NHWC), and the specification of
        their noise, which is none: a lane for clean inputs is wired like one for noisy
        inputs.
    """
    return (
        _normalize_chosen(train_images, train_indices),
        _normalize_chosen(train_images, validation_indices),
        _normalize_chosen(test_images, np.arange(len(test_images))),
        {**Clean().model_dump(), "seed": 0},
    )


def _normalize_chosen(images: UInt8Images, indices: Indices) -> ChunkedArray:
    size = images.shape[1:]
    in_a_part = max(1, _VALUES // math.prod(size))

    def normalize_rows(rows: slice) -> Float16Images:
        chosen = indices[rows]
        normalized = np.empty((len(chosen), *size), dtype=np.float16)

        def normalize_part(part: slice) -> None:
            normalized[part] = normalize(images[chosen[part]])

        for_each_part(normalize_part, len(chosen), in_a_part)
        return normalized

    return ChunkedArray((len(indices), *size), np.float16, normalize_rows)


def add_noise_to_images(
    validation_images: Float16Images,
    test_images: Float16Images,
    parameters: dict[str, Any],
    seed: int,
) -> tuple[ChunkedArray, ChunkedArray, dict[str, Any]]:
    """Draw the noise of the validation and the test images once, for every model.

    Args:
        validation_images: In [-1, 1], NHWC.
        test_images: In [-1, 1], NHWC.
        parameters: Block of the kind of noise.
        seed: Seed that, with the index of an image, fixes the noise on that image.

    Returns:
        Noisy validation and test images (float16, NHWC), and the specification of the
        noise.
    """
    noise = read_noise(parameters)

    def noisy(images: Float16Images, stream: int) -> ChunkedArray:
        def add_to_rows(rows: slice) -> Float16Images:
            return add_noise(images[rows], noise, seed, stream, first=rows.start)

        return ChunkedArray(images.shape, np.float16, add_to_rows)

    return (
        noisy(validation_images, VALIDATION_STREAM),
        noisy(test_images, TEST_STREAM),
        {**noise.model_dump(), "seed": seed},
    )
