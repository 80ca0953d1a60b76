"""Folds of the training images, by whole photographs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from denoising_autoencoder.errors import ParameterError
from denoising_autoencoder.tuning.seeds import FOLDS, seed_of

ALWAYS_TRAINED_ON = -1
"""The fold of an image that no fold holds out."""


def make_folds(
    photographs: npt.NDArray[np.integer],
    folds: int,
    seed: int,
    training_only: Sequence[int] = (),
) -> npt.NDArray[np.int32]:
    """Divide images into folds of about the same size, by whole photographs.

    Args:
        photographs: (n,) photograph that each image is cut from.
        folds: Number of folds, at least 2.
        seed: Seed of the order.
        training_only: Photographs that must not be used for validation.

    Returns:
        int32, (n,): the fold that holds out each image, or `ALWAYS_TRAINED_ON`.

    Raises:
        ParameterError: There are more folds than photographs.
    """
    from sklearn.model_selection import GroupKFold, KFold

    eligible = np.flatnonzero(~np.isin(photographs, training_only))
    names, which = np.unique(photographs[eligible], return_inverse=True)
    if folds > len(names):
        raise ParameterError(
            f"tuning.folds = {folds}, but there are only {len(names)} photographs "
            "that may be held out, and each fold takes whole ones: choose at most that "
            "number."
        )
    numbers = np.full(len(photographs), ALWAYS_TRAINED_ON, dtype=np.int32)
    drawn = seed_of(seed, FOLDS)
    if len(names) == len(eligible):
        parts = KFold(folds, shuffle=True, random_state=drawn).split(which)
    else:
        # Photographs of the same number of images are taken in the order of their
        # numbers, which therefore is drawn; its own shuffling ignores their sizes.
        order = np.random.default_rng(drawn).permutation(len(names))
        parts = GroupKFold(folds).split(which, groups=order[which])
    for number, (_, held_out) in enumerate(parts):
        numbers[eligible[held_out]] = number
    return numbers
