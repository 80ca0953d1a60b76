"""PCA on distributions whose directions are known."""

from __future__ import annotations

import numpy as np
import pytest

from denoising_autoencoder.compute import threads
from denoising_autoencoder.evaluation import pca
from denoising_autoencoder.evaluation.pca import fit_pca
from denoising_autoencoder.images import UInt8Images, normalize, unnormalize

RANK = 5
SHAPE = (9, 7, 3)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    """Images that five numbers determine: float32, (400, 9, 7, 3), in [-1, 1].

    Their mirror images are determined by these numbers too, some with the other sign.
    """
    rng = np.random.default_rng(0)
    drawn = rng.normal(size=(RANK, *SHAPE))
    signs = np.array([1, -1, 1, -1, 1]).reshape(RANK, 1, 1, 1)
    drawn += signs * drawn[:, :, ::-1]
    directions, _ = np.linalg.qr(drawn.reshape(RANK, -1).T)
    numbers = rng.normal(size=(400, RANK)) * [1.0, 0.8, 0.6, 0.4, 0.2]
    return (0.1 + numbers @ directions.T).reshape(-1, *SHAPE).astype(np.float32)


def test_new_images_of_five_dimensions_come_back_from_codes_of_five_numbers(images):
    fitted = fit_pca(images[:300], RANK)

    codes = fitted.encode(images[300:])

    assert codes.dtype == np.float16
    assert codes.shape == (100, RANK)
    decoded = fitted.decode(codes).reshape(-1, *SHAPE)
    # float16 has eleven bits: a code is off by at most 2^-11 of itself.
    most = np.linalg.norm(codes.astype(float), axis=1).max() / 2**11
    off = np.linalg.norm((decoded - images[300:]).reshape(100, -1), axis=1)
    assert off.max() < most + 1e-5


def test_a_smaller_code_leaves_the_variance_of_the_directions_that_it_lacks(images):
    both = np.concatenate([images, images[:, :, ::-1]])
    spectrum = np.linalg.eigvalsh(np.cov(both.reshape(800, -1).T, bias=True))[::-1]

    for count in (1, 2, 4):
        fitted = fit_pca(images, count)
        decoded = fitted.decode(fitted.encode(both)).reshape(both.shape)
        left = ((decoded - both) ** 2).sum() / 800
        assert left == pytest.approx(spectrum[count:].sum(), rel=1e-3)


def test_the_first_rows_are_the_pca_of_a_smaller_code(images):
    many, few = fit_pca(images, 4), fit_pca(images, 2)

    alike = (many.components[:2] @ few.components.T).abs()
    np.testing.assert_allclose(alike, np.eye(2), atol=1e-4)


def test_a_mirror_image_has_as_good_a_code_as_the_image():
    slopes = np.linspace(-1, 1, 7) * np.linspace(0.2, 1, 40)[:, None]
    images = np.broadcast_to(slopes[:, None, :, None], (40, *SHAPE)).astype(np.float32)
    images = images + np.random.default_rng(0).normal(0, 0.01, images.shape)

    fitted = fit_pca(images, 1)

    for shown in (images, images[:, :, ::-1]):
        decoded = fitted.decode(fitted.encode(shown)).reshape(shown.shape)
        assert np.square(decoded - shown).mean() < 0.0003


def test_the_bits_depend_neither_on_the_cores_nor_on_a_copy(images, monkeypatch):
    monkeypatch.setattr(pca, "_ROWS", 50)
    monkeypatch.setattr(pca, "_AT_ONCE", 90)
    made = []
    for cores in (1, 3):
        monkeypatch.setattr(threads, "available_cores", lambda cores=cores: cores)
        fitted = fit_pca(images, 3)
        made.append((fitted.components.numpy(), fitted.reconstruct(images)))

    for one, other in zip(*made, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_person_sees_rounded_images(images):
    seen: UInt8Images = unnormalize(images)

    reconstructed = fit_pca(normalize(seen[:300]), RANK).reconstruct(
        normalize(seen[300:])
    )

    assert reconstructed.dtype == np.uint8
    assert reconstructed.shape == (100, *SHAPE)
    assert np.abs(reconstructed.astype(int) - seen[300:]).max() <= 1


def test_equal_images_are_their_mean():
    grey = np.full((20, *SHAPE), 90, np.uint8)

    fitted = fit_pca(normalize(grey), 3)

    np.testing.assert_array_equal(fitted.reconstruct(normalize(grey[:2])), grey[:2])
