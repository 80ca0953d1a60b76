from __future__ import annotations

import pytest

from denoising_autoencoder.compute.work import training_tflop


def test_the_work_of_a_training_is_that_of_a_resunet_by_hand():
    """1,500 steps of 64 images, of each multiply-accumulate six operations."""
    assert training_tflop(119_209_984, 1500 * 64) == pytest.approx(68.7, abs=0.05)
