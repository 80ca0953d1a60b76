"""What a training sees: order, noise, flips and transposes."""

from __future__ import annotations

import math
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch

from denoising_autoencoder.noise.draw import add_noise
from denoising_autoencoder.noise.gaussian import Gaussian
from denoising_autoencoder.noise.gaussian_range import GaussianRange
from denoising_autoencoder.noise.kind import Noise
from denoising_autoencoder.trainer.pairs import Pair, training_pairs
from tests.trainer.trainings import CLEAN, NOISE, autoencoding, some_images


def first_pairs(
    count: int, images: np.ndarray, noise: Noise, **changes: Any
) -> list[Pair]:
    generator = torch.Generator().manual_seed(1)
    values = {"batch_size": 4, "order_seed": 5, "seed": 0} | changes
    pairs = training_pairs(autoencoding(images, noise), generator, **values)
    return list(islice(pairs, count))


def images_in(batches: list[torch.Tensor]) -> list[bytes]:
    return [image.numpy().tobytes() for batch in batches for image in batch]


def test_inputs_carry_new_noise_each_time_and_targets_none():
    image = some_images(1)
    noise = Gaussian(kind="gaussian", std=0.2, clamp=False)

    pairs = first_pairs(50, image, noise, batch_size=1)

    expected = torch.from_numpy(image).permute(0, 3, 1, 2)
    assert all(torch.equal(pair.clean, expected) for pair in pairs)
    added = torch.stack([pair.noisy - pair.clean for pair in pairs]).double()
    assert len(added.unique(dim=0)) == 50
    # 9,600 values: deviations of 0.2 / 98 of their mean and 0.2 / 138 of their std.
    assert abs(added.mean()) < 4 * 0.2 / math.sqrt(added.numel())
    assert abs(added.std() - 0.2) < 4 * 0.2 / math.sqrt(2 * added.numel())


def test_noisy_inputs_are_clamped_if_the_noise_is():
    values = torch.stack([pair.noisy for pair in first_pairs(5, some_images(4), NOISE)])

    assert values.min() == -1
    assert values.max() == 1


@pytest.mark.parametrize(("noisy_inputs", "different"), [(1, 6), (3, 18), (None, 60)])
def test_an_image_has_as_many_noisy_inputs_as_asked_for(noisy_inputs, different):
    # Ten epochs of six images.
    pairs = first_pairs(15, some_images(6), NOISE, noisy_inputs=noisy_inputs)

    seen = images_in([pair.noisy for pair in pairs])
    assert len(seen) == 60
    assert len(set(seen)) == different


def test_repeated_noise_is_other_noise_than_that_of_validation_and_test_images():
    black = np.zeros((4, 8, 8, 3), dtype=np.float32)

    pairs = first_pairs(16, black, NOISE, noisy_inputs=4)

    seen = torch.cat([pair.noisy for pair in pairs]).numpy()
    for stream in (1, 2):
        for image in add_noise(black, NOISE, 0, stream).transpose(0, 3, 1, 2):
            assert np.abs(seen - image).max(axis=(1, 2, 3)).min() > 0.1


def test_noise_leaves_the_order_alone_and_the_seed_of_the_order_does_not():
    def order(noise: Noise, **changes: Any) -> list[bytes]:
        pairs = first_pairs(9, some_images(20), noise, **changes)
        return images_in([pair.clean for pair in pairs])

    without = order(CLEAN)
    assert len(set(without[:20])) == 20
    assert order(NOISE) == order(NOISE, noisy_inputs=2) == without
    assert order(CLEAN, order_seed=6) != without


def test_images_and_their_noisy_versions_are_turned_in_the_same_way():
    plain, turned = (
        first_pairs(3, some_images(16), CLEAN, augmentation=augmentation)
        for augmentation in ("none", "dihedral")
    )

    for before, after in zip(plain, turned, strict=True):
        assert not torch.equal(after.clean, before.clean)
        assert torch.equal(after.noisy, after.clean)


@pytest.mark.parametrize("augmentation", ["none", "dihedral"])
def test_a_training_that_resumes_sees_what_it_would_have_seen(augmentation):
    # Batches of 3 do not go through the eight flips and transposes evenly.
    data = autoencoding(some_images(7), NOISE)
    generator = torch.Generator().manual_seed(1)
    values = {"batch_size": 3, "order_seed": 5, "seed": 0, "augmentation": augmentation}
    whole = training_pairs(data, generator, **values)
    list(islice(whole, 4))
    left = torch.Generator()
    left.set_state(generator.get_state())

    rest = training_pairs(data, left, **values, skip=4)

    for expected, found in islice(zip(whole, rest, strict=False), 6):
        assert torch.equal(found.clean, expected.clean)
        assert torch.equal(found.noisy, expected.noisy)


@pytest.mark.parametrize("augmentation", ["none", "dihedral"])
def test_each_image_comes_with_the_level_of_its_noise(augmentation):
    noise = GaussianRange(
        kind="gaussian_range", std=1.0, low=0.1, judged=[0.5], clamp=False
    )
    images = np.zeros((16, 32, 32, 3), np.float32)

    (pair,) = first_pairs(1, images, noise, batch_size=16, augmentation=augmentation)

    measured = (pair.noisy - pair.clean).std(dim=(1, 2, 3))
    torch.testing.assert_close(measured, pair.sigma, rtol=0.06, atol=0)
    assert pair.sigma.std() > 0.1
