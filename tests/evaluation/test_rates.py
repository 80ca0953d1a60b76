"""The settings that are worth it, and the PSNR between them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from denoising_autoencoder.evaluation.rates import psnr_at, upper_envelope


def test_points_with_more_bits_for_less_are_left_out():
    bits = np.array([4.0, 1.0, 2.0, 3.0, 2.0])
    psnr = np.array([30.0, 20.0, 27.0, 26.0, 25.0])

    assert upper_envelope(bits, psnr) == [1, 2, 0]


def test_a_point_below_the_line_between_two_others_is_left_out():
    bits = np.array([1.0, 2.0, 3.0, 5.0])

    # On their line it is as good as a mixture of the two; a bit above it is better.
    assert upper_envelope(bits, np.array([20.0, 24.0, 28.0, 30.0])) == [0, 2, 3]
    assert upper_envelope(bits, np.array([20.0, 24.1, 28.0, 30.0])) == [0, 1, 2, 3]
    assert upper_envelope(bits, np.array([20.0, 23.0, 23.5, 30.0])) == [0, 1, 3]


def test_the_psnr_at_a_rate_is_on_the_line_between_the_settings_around_it():
    bits, psnr = np.array([2.0, 0.5, 1.0]), np.array([30.0, 20.0, 26.0])

    assert psnr_at(0.75, bits, psnr) == pytest.approx(23)
    assert psnr_at(1.75, bits, psnr) == pytest.approx(29)
    assert psnr_at(2, bits, psnr) == 30
    assert math.isnan(psnr_at(0.4, bits, psnr))
    assert math.isnan(psnr_at(2.1, bits, psnr))
