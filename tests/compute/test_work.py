from __future__ import annotations

import pytest

from denoising_autoencoder.compute.work import training_tflop


def test_the_work_of_a_training_is_that_of_the_shipped_resunet_by_hand():
    """119.2 million multiply-accumulates, 1,500 steps of 64 images."""
    assert training_tflop(119.2e6, 1500 * 64) == pytest.approx(68.7, abs=0.05)
