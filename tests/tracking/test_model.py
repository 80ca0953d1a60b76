"""A model as MLflow serves it."""

from __future__ import annotations

import numpy as np

from denoising_autoencoder.denoisers.network import NetworkDenoiser
from denoising_autoencoder.tracking.model import ServedModel
from tests.trainer.trainings import Level


def test_a_network_that_takes_the_noise_gets_an_estimate_for_each_image():
    noise = np.random.default_rng(0).standard_normal((2, 96, 96, 3))
    sigmas = np.array([10, 40])
    noisy = np.rint(128 + sigmas.reshape(2, 1, 1, 1) * noise).clip(0, 255)

    served = ServedModel(NetworkDenoiser(Level(), "cpu")).predict(
        noisy.astype(np.uint8)
    )

    # A level s on [-1, 1] is the grey level 127.5 (1 + s), which is 127.5 + sigma.
    given = served[:, 0, 0, 0] - 127.5
    np.testing.assert_allclose(given, sigmas, rtol=0.1, atol=1)
