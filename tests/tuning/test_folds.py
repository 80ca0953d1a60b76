from __future__ import annotations

import numpy as np
import pytest

from denoising_autoencoder.errors import ParameterError
from denoising_autoencoder.tuning.folds import make_folds


def test_images_of_one_photograph_are_held_out_together_in_folds_of_one_size():
    photographs = np.repeat(np.arange(12), [9, 1, 1, 3, 3, 3, 2, 2, 2, 2, 4, 4])

    folds = make_folds(photographs, 3, seed=0)

    for photograph in range(12):
        assert len(set(folds[photographs == photograph])) == 1
    assert np.bincount(folds).tolist() == [12, 12, 12]
    assert (make_folds(photographs, 3, seed=1) != folds).any()
    assert (make_folds(photographs, 3, seed=0) == folds).all()


def test_images_that_share_no_photograph_are_shuffled():
    folds = make_folds(np.arange(100), 5, seed=0)

    assert np.bincount(folds).tolist() == [20] * 5
    assert (np.diff(folds) < 0).any()
    assert (make_folds(np.arange(100), 5, seed=1) != folds).any()


def test_more_folds_than_photographs_are_refused():
    with pytest.raises(ParameterError, match="only 4 photographs"):
        make_folds(np.arange(4), 5, seed=0)
