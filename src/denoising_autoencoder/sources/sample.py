"""Images without a download: crops of photographs that the dependencies ship."""

from __future__ import annotations

from itertools import islice

import numpy as np
from numpy.typing import NDArray

from denoising_autoencoder.errors import ImageSourceError
from denoising_autoencoder.sources import photographs as shipped
from denoising_autoencoder.sources.crops import (
    cut,
    disjoint_boxes,
    is_flat,
    random_boxes,
)
from denoising_autoencoder.sources.photographs import Photograph
from denoising_autoencoder.sources.raw_images import RawImages
from denoising_autoencoder.sources.request import Request
from denoising_autoencoder.sources.table import other_sources

# Number of training crops from each photograph: most from everyday scenes, because
# those are tested; a few from cells and stars, for textures that scenes lack.
TRAINING = {
    shipped.MOTORCYCLE: 2000,
    shipped.GRACE_HOPPER: 1200,
    shipped.IHC: 400,
    shipped.HUBBLE: 250,
    shipped.RETINA: 150,
}
# A hundred crops need one photograph that may be cut at scale 1. The rocket and Grace
# Hopper together give fewer than eighty: both are JPEG, and mostly plain sky or cloth.
VALIDATION = (shipped.ASTRONAUT, shipped.ROCKET)
TEST = (shipped.CHELSEA, shipped.COFFEE)

# From a patch of cloth to a face, in units of 32 pixels.
_SCALES = (1, 2, 3)
# At scale 1 a network would learn JPEG's blocks of 8x8 pixels; averaging blurs them.
_JPEG_SCALES = (2, 3)
# Most of the retina is flat: about one of its crops in five is kept.
_DRAWS_PER_CROP = 50
# The layout of disjoint crops is the same for every seed, so that runs of different
# seeds are judged on the same images.
_LAYOUT_SEED = 0


def read(request: Request) -> RawImages:
    """Cut the sample: 4,000 training crops, then the validation and the test crops.

    Training crops overlap, so their photographs are `training_only`. Validation and
    test crops are disjoint and come from other photographs. They alternate between
    these, the widest views first.

    Args:
        request: The seed of the training crops; the others do not depend on it.

    Returns:
        Crops of 32x32 pixels.

    Raises:
        ImageSourceError: If an installed package doesn't ship a photograph, or a
            photograph is too flat to cut crops from.
    """
    rng = np.random.default_rng(request.seed)
    training = [_random_crops(photo, n, rng) for photo, n in TRAINING.items()]
    training_ids = np.repeat(range(len(TRAINING)), list(TRAINING.values()))
    validation, validation_ids = _disjoint_crops(VALIDATION, len(TRAINING))
    test, test_ids = _disjoint_crops(TEST, len(TRAINING) + len(VALIDATION))
    return RawImages(
        name="sample photographs",
        train_images=np.concatenate([*training, validation]),
        test_images=test,
        train_photographs=np.concatenate(
            [training_ids, validation_ids], dtype=np.int32
        ),
        test_photographs=test_ids,
        training_only=tuple(range(len(TRAINING))),
    )


def _random_crops(
    photograph: Photograph, count: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Cut overlapping crops, the same number from each view of a photograph."""
    views = photograph.read()
    crops: list[NDArray[np.uint8]] = []
    for view in views:
        wanted = count // len(views)
        height, width = view.shape[:2]
        draws = _DRAWS_PER_CROP * wanted
        boxes = random_boxes(height, width, _scales(photograph), draws, rng)
        drawn = (cut(view, box) for box in boxes)
        kept = list(islice((crop for crop in drawn if not is_flat(crop)), wanted))
        if len(kept) < wanted:
            raise ImageSourceError(
                f"The sample photograph {photograph.names[0]} is too flat to cut "
                f"{wanted} crops from: choose other images with "
                f"{other_sources('sample')}."
            )
        crops += kept
    return np.stack(crops)


def _disjoint_crops(
    photographs: tuple[Photograph, ...], first_id: int
) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Cut each photograph into disjoint crops, and alternate between photographs."""
    rng = np.random.default_rng(_LAYOUT_SEED)
    crops: list[NDArray[np.uint8]] = []
    ids: list[int] = []
    ranks: list[int] = []
    for number, photograph in enumerate(photographs, start=first_id):
        (view,) = photograph.read()
        height, width = view.shape[:2]
        boxes = disjoint_boxes(height, width, _scales(photograph), rng)
        kept = [crop for box in boxes if not is_flat(crop := cut(view, box))]
        crops += kept
        ids += [number] * len(kept)
        ranks += range(len(kept))
    alternating = np.lexsort((ids, ranks))
    return np.stack(crops)[alternating], np.array(ids, dtype=np.int32)[alternating]


def _scales(photograph: Photograph) -> tuple[int, ...]:
    return _JPEG_SCALES if photograph.is_jpeg else _SCALES
