from __future__ import annotations

import pytest

from denoising_autoencoder.compute.work import image_seconds, training_tflop

RESUNET, REPORT = 119_209_984, 1_291_968
"""Multiply-accumulates of the networks for an image of 32x32 pixels."""


def test_the_work_of_a_training_is_that_of_a_resunet_by_hand():
    """1,500 steps of 64 images, of each multiply-accumulate six operations."""
    assert training_tflop(RESUNET, 1500 * 64) == pytest.approx(68.7, abs=0.05)


@pytest.mark.parametrize(
    ("macs", "instructions", "precision", "step", "batch"),
    [
        # Measured on one core, in seconds of the processor for a step.
        (RESUNET, "AMX", "bfloat16", 0.139, 64),
        (RESUNET, "AMX", "float32", 0.377, 64),
        (RESUNET, "AVX-512", "float32", 0.377, 64),
        (RESUNET, "AVX2", "float32", 0.705, 64),
        (REPORT, "AMX", "bfloat16", 0.00397, 16),
        (REPORT, "AMX", "float32", 0.00471, 16),
        (REPORT, "AVX-512", "float32", 0.00493, 16),
        (REPORT, "AVX2", "float32", 0.00553, 16),
    ],
)
def test_steps_that_were_measured_are_estimated_to_a_fifth(
    macs, instructions, precision, step, batch
):
    estimate = batch * image_seconds(macs, 32 * 32, instructions, precision)

    assert estimate == pytest.approx(step, rel=0.2)


def test_larger_images_take_as_much_longer_as_they_have_more_pixels():
    small = image_seconds(REPORT, 32 * 32, "AVX2", "float32")

    assert image_seconds(4 * REPORT, 64 * 64, "AVX2", "float32") == pytest.approx(
        4 * small
    )


@pytest.mark.parametrize(
    ("instructions", "precision"), [("arm64", "float32"), ("AVX2", "bfloat16")]
)
def test_what_was_not_measured_is_not_estimated(instructions, precision):
    assert image_seconds(RESUNET, 32 * 32, instructions, precision) is None
