"""Work on the rows of arrays, in threads."""

import threading

import numpy as np
import pytest

from denoising_autoencoder.compute import parts
from denoising_autoencoder.compute.parts import for_each_part
from denoising_autoencoder.evaluation.metrics import score_images
from denoising_autoencoder.images import normalize
from denoising_autoencoder.noise.draw import TEST_STREAM, add_noise
from denoising_autoencoder.noise.gaussian import Gaussian


@pytest.fixture(params=[1, 3])
def cores(request, monkeypatch):
    monkeypatch.setattr(parts, "available_cores", lambda: request.param)
    return request.param


@pytest.mark.usefixtures("cores")
@pytest.mark.parametrize("count", [0, 1, 6, 7])
def test_each_row_is_in_one_part(count):
    seen = np.zeros(count, int)

    def see(part):
        assert 0 < part.stop - part.start <= 3
        seen[part] += 1

    for_each_part(see, count, 3)

    assert seen.tolist() == [1] * count


def test_as_many_parts_are_computed_at_once_as_there_are_cores(cores):
    together = threading.Barrier(cores, timeout=30)

    for_each_part(lambda _: together.wait(), 2 * cores, 1)


def test_an_error_of_one_part_is_raised_and_ends_the_work(cores):
    begun = []

    def fail(part):
        begun.append(part.start)
        raise ValueError(part.start)

    with pytest.raises(ValueError, match=r"^0$"):
        for_each_part(fail, 100_000, 1)

    assert len(begun) <= 2 * cores + 1


def test_the_bits_do_not_depend_on_the_number_of_cores(monkeypatch):
    originals = np.random.default_rng(0).integers(0, 256, (130, 32, 32, 3), np.uint8)
    images = originals[::-1]
    noise = Gaussian(kind="gaussian", std=0.3, clamp=True)
    results = []
    for count in (1, 2, 3, 8):
        monkeypatch.setattr(parts, "available_cores", lambda count=count: count)
        noisy = add_noise(normalize(originals), noise, 7, TEST_STREAM)
        results.append((noisy, score_images(images, originals).to_numpy()))

    first, *others = results
    for other in others:
        for one, same in zip(first, other, strict=True):
            np.testing.assert_array_equal(same, one)
