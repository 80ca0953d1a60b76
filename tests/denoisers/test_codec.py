"""A trained codec as an encoder and a decoder of arrays."""

from __future__ import annotations

import numpy as np
import pytest

from denoising_autoencoder.compute import threads
from denoising_autoencoder.denoisers import batches
from denoising_autoencoder.denoisers.apply import reconstruct
from denoising_autoencoder.denoisers.codec import trained_codec
from denoising_autoencoder.denoisers.network import trained_denoiser
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.images import unnormalize
from denoising_autoencoder.networks.build import build_network

OPTIONS = {
    "code": 20, "height": 8, "width": 12, "encoder_widths": [4],
    "encoder_blocks": [1], "widths": [4], "blocks": [1],
}  # fmt: skip


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    rng = np.random.default_rng(1)
    return rng.uniform(-1, 1, (70, 8, 12, 3)).astype(np.float16)


@pytest.fixture(scope="module")
def model(images):
    network = build_network("codec", 3, OPTIONS)
    network.begin_with(images)
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    return weights, {"network": "codec", "options": OPTIONS}


def test_what_the_codes_decode_to_is_what_the_model_gives(model, images):
    codec = trained_codec(model, precision="float32")

    codes = codec.encode(images)

    assert codes.dtype == np.float16
    assert codes.shape == (70, 20)
    whole = reconstruct(trained_denoiser(model), images)
    np.testing.assert_array_equal(codec.decode(codes), whole)
    off = np.square(whole.astype(float) - unnormalize(images)).mean()
    plain = np.square(unnormalize(images).std(axis=0)).mean()
    assert off < 0.8 * plain, "better than the mean image"


def test_the_bits_do_not_depend_on_the_number_of_cores(model, images, monkeypatch):
    monkeypatch.setattr(batches, "PIXELS", 8 * 8 * 12)
    made = []
    for cores in (1, 3):
        monkeypatch.setattr(threads, "available_cores", lambda cores=cores: cores)
        codec = trained_codec(model, precision="float32")
        codes = codec.encode(images)
        made.append((codes, codec.decode(codes)))

    for one, other in zip(*made, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(codec.encode(images[8:16]), made[0][0][8:16])


def test_no_images_have_no_codes(model, images):
    codec = trained_codec(model)

    assert codec.encode(images[:0]).shape == (0, 20)
    assert codec.decode(np.empty((0, 20), np.float16)).shape == (0, 8, 12, 3)


def test_images_of_another_size_are_refused(model, images):
    with pytest.raises(ProjectError, match="encodes images of 8x12x3, but these have"):
        trained_codec(model).encode(images[:, :, :8])


def test_a_model_without_a_small_code_is_refused():
    network = build_network("report", 0)
    weights = {name: value.numpy() for name, value in network.state_dict().items()}

    with pytest.raises(ProjectError, match="'report' has no encoder and decoder"):
        trained_codec((weights, {"network": "report", "options": {}}))
