from __future__ import annotations

from itertools import islice

import pytest
import torch

from denoising_autoencoder.noise.gaussian import Gaussian
from denoising_autoencoder.trainer.pairs import training_pairs
from tests.trainer.trainings import autoencoding, recipe, some_images

NOISE = Gaussian(kind="gaussian", std=0.3, clamp=True)


@pytest.mark.parametrize("augmentation", ["none", "dihedral"])
def test_a_training_that_goes_on_sees_what_it_would_have_seen(augmentation):
    # Batches of 3 do not go through the eight flips and transposes evenly.
    values = recipe(batch_size=3, augmentation=augmentation)
    data = autoencoding(some_images(7), NOISE)
    generator = torch.Generator().manual_seed(1)
    whole = training_pairs(data, values, 5, generator)
    list(islice(whole, 4))
    left = torch.Generator()
    left.set_state(generator.get_state())

    rest = training_pairs(data, values, 5, left, skip=4)

    for expected, found in islice(zip(whole, rest, strict=False), 6):
        assert torch.equal(found.clean, expected.clean)
        assert torch.equal(found.noisy, expected.noisy)
