"""Folds of the training images, by whole photographs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from denoising_autoencoder.errors import ParameterError
from denoising_autoencoder.tuning.seeds import FOLDS, seed_of


def make_folds(
    photographs: npt.NDArray[np.integer],
    folds: int,
    seed: int,
) -> npt.NDArray[np.int32]:
    """Divide images into folds of about the same size, by whole photographs.

    A photograph whose crops overlap may be held out too: all of its crops are.

    Args:
        photographs: (n,) photograph that each image is cut from.
        folds: Number of folds, at least 2.
        seed: Seed of the order.

    Returns:
        int32, (n,): the fold that holds out each image.

    Raises:
        ParameterError: There are more folds than photographs.
    """
    from sklearn.model_selection import GroupKFold, KFold

    names, which = np.unique(photographs, return_inverse=True)
    if folds > len(names):
        raise ParameterError(
            f"tuning.folds = {folds}, but there are only {len(names)} photographs, "
            "and each fold takes whole ones: choose at most that number."
        )
    numbers = np.empty(len(photographs), dtype=np.int32)
    drawn = seed_of(seed, FOLDS)
    if len(names) == len(photographs):
        parts = KFold(folds, shuffle=True, random_state=drawn).split(which)
    else:
        # Photographs of the same number of images are taken in the order of their
        # numbers, which therefore is drawn; its own shuffling ignores their sizes.
        order = np.random.default_rng(drawn).permutation(len(names))
        parts = GroupKFold(folds).split(which, groups=order[which])
    for number, (_, held_out) in enumerate(parts):
        numbers[held_out] = number
    return numbers
